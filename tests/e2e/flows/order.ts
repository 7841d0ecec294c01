// With order-to.ts: two flows whose models get one name, OrderToErpAsked.
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const Asked = event("ToErpAsked", z.object({ a: z.string() }));
export default flow("order", {
  summary: "s",
  owner: "o",
  triggers: { t: api("POST /one", { emits: Asked }) },
  steps: { s: step({ on: Asked, emits: [], handler: () => [] }) },
});
