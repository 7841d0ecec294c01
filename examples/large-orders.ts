import * as z from "zod";
import { OrderPlaced } from "../events/order-placed.ts";
import { adapter, api, bearer, call, flow, step, when } from "../model/index.ts";

const sales = adapter("sales-chat", {
  baseUrl: "https://chat.example.com",
  auth: bearer({ secret: "sales-chat/token" }),
  timeout: "5 seconds",
  operations: { post: call("POST /messages", { body: z.object({ text: z.string() }), returns: z.object({ id: z.string() }) }) },
});

export default flow("large-orders", {
  summary: "Announces large orders to the sales team, and welcomes orders of the web shop.",
  owner: "sales",
  triggers: { orders: api("POST /placed-orders", { emits: OrderPlaced }) },
  steps: {
    announce: step({
      on: when(OrderPlaced, { totalCents: { gte: 100_000 }, country: ["BR", "PT"] }),
      emits: [],
      uses: { sales },
      handler: async ({ orderId, totalCents }, { sales }) => {
        await sales.post({ text: `Order ${orderId}: ${totalCents / 100}` });
        return [];
      },
    }),
    welcome: step({
      on: when(OrderPlaced, { channel: "web", country: { anythingBut: ["US", "CA"] } }),
      emits: [],
      handler: ({ orderId }, { log }) => {
        log.info("welcomed", { orderId });
        return [];
      },
    }),
  },
});
