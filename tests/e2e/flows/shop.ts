// With wholesale.ts and mailer.ts: mailer imports shop's OrderPlaced and gets wholesale's, too.
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";
export const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string() }));
export default flow("shop", {
  summary: "s",
  owner: "o",
  triggers: { t: api("POST /shop", { emits: OrderPlaced }) },
  steps: { s: step({ on: OrderPlaced, emits: [], handler: () => [] }) },
});
