import * as z from "zod";
import { adapter, api, bearer, call, event, flow, join, step } from "../model/index.ts";

const line = z.object({ sku: z.string(), quantity: z.int().min(1) });
const LinesOrdered = event("LinesOrdered", z.object({ orderId: z.string(), lines: z.array(line).max(1_000) }));
const LineSplit = event("LineSplit", line);
const LineBooked = event("LineBooked", z.object({ sku: z.string(), bookingId: z.string() }));
const LinesConfirmed = event("LinesConfirmed", z.object({ orderId: z.string(), booked: z.array(z.string()), missing: z.int() }));

const stock = adapter("stock", {
  baseUrl: "https://stock.example.com",
  auth: bearer({ secret: "stock/token" }),
  timeout: "5 seconds",
  operations: { book: call("POST /bookings", { body: line, returns: z.object({ id: z.string() }), example: { id: "B-1" } }) },
});

export default flow("order-lines", {
  summary: "Books the lines of an order one by one, and goes on when all are booked, or all but two after an hour.",
  owner: "logistics",
  triggers: { orders: api("POST /line-orders", { emits: LinesOrdered }) },
  steps: {
    split: step({ on: LinesOrdered, emits: [LineSplit], handler: ({ lines }) => lines.map(LineSplit) }),
    book: step({
      on: LineSplit,
      emits: [LineBooked],
      uses: { stock },
      concurrency: 5, // batches, of all orders together
      batchSize: 1,
      handler: async ({ sku, quantity }, { stock }) => LineBooked({ sku, bookingId: (await stock.book({ sku, quantity })).id }),
    }),
    confirm: step({
      on: join.all(LineBooked, { of: LinesOrdered, count: "lines", within: "1 hour", tolerate: 2 }),
      emits: [LinesConfirmed],
      handler: ({ of: { orderId }, all, missing }) => LinesConfirmed({ orderId, booked: all.map(({ sku }) => sku), missing }),
    }),
  },
});
