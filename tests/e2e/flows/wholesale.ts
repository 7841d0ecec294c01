// See shop.ts.
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const OrderPlaced = event("OrderPlaced", z.object({ id: z.int(), mail: z.string().optional() }));
export default flow("wholesale", {
  summary: "s",
  owner: "o",
  triggers: { t: api("POST /wholesale", { emits: OrderPlaced }) },
  steps: { s: step({ on: OrderPlaced, emits: [], handler: () => [] }) },
});
