// A definition's model and an event's get one name, DefsOrderPaid.
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const Paid = z.object({ cents: z.int() }).meta({ id: "Paid" });
const Order = event("Order", z.object({ first: Paid, second: Paid.optional() }));
const OrderPaid = event("OrderPaid", z.object({ receipt: z.string() }));
export default flow("defs", {
  summary: "s",
  owner: "o",
  triggers: { a: api("POST /defs-order", { emits: Order }), b: api("POST /defs-paid", { emits: OrderPaid }) },
  steps: { s: step({ on: Order, emits: [], handler: () => [] }), t: step({ on: OrderPaid, emits: [], handler: () => [] }) },
});
