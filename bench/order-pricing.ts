import * as z from "zod";
import { api, event, flow, step } from "../model/index.ts";

const OrderPlaced = event(
  "OrderPlaced",
  z.object({
    orderId: z.string().min(1),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), unitCents: z.int() })),
  }),
);
const OrderPriced = event("OrderPriced", z.object({ orderId: z.string(), totalCents: z.int() }));

/** The step that the benchmarks compare: what `peers/` do by hand and with Powertools. */
export default flow("order-pricing", {
  summary: "Prices an order.",
  owner: "bench",
  triggers: { orders: api("POST /orders", { emits: OrderPlaced }) },
  steps: {
    price: step({
      on: OrderPlaced,
      emits: [OrderPriced],
      handler: ({ orderId, lines }, { log }) => {
        const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
        log.info("order priced", { orderId });
        return OrderPriced({ orderId, totalCents });
      },
    }),
  },
});
