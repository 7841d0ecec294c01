// With order.ts: two flows whose models get one name, OrderToErpAsked.
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const Asked = event("ErpAsked", z.object({ b: z.int() }));
export default flow("order-to", {
  summary: "s",
  owner: "o",
  triggers: { t: api("POST /two", { emits: Asked }) },
  steps: { s: step({ on: Asked, emits: [], handler: () => [] }) },
});
