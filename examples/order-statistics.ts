import * as z from "zod";
import { OrderPlaced } from "../events/order-placed.ts";
import { event, flow, step } from "../model/index.ts";

const OrderCounted = event("OrderCounted", z.object({ country: z.string(), totalCents: z.int() }));

/** Starts with an event of `large-orders`: each order there opens a request of this flow, the child of the order's. */
export default flow("order-statistics", {
  summary: "Counts the orders of each country.",
  owner: "finance",
  imports: [OrderPlaced],
  steps: {
    count: step({
      on: OrderPlaced,
      emits: [OrderCounted],
      handler: ({ country, totalCents }) => OrderCounted({ country, totalCents }),
    }),
  },
});
