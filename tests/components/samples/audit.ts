import * as z from "zod";
import { event, flow, step } from "../../../model/index.ts";
import { OrderPriced } from "./shop.ts";

const Copied = event("Copied", z.object({ orderId: z.string() }));

/** A flow without a trigger: it reacts to another flow's event. */
export default flow("audit", {
  summary: "A flow for tests.",
  owner: "tests",
  imports: [OrderPriced],
  steps: { copy: step({ on: OrderPriced, emits: [Copied], handler: ({ orderId }) => Copied({ orderId }) }) },
});
