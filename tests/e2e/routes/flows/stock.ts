import * as z from "zod";
import { api, event, flow, step } from "../../../../model/index.ts";

const StockCounted = event(
  "StockCounted",
  z.object({
    warehouse: z.int().min(1),
    sku: z.string().max(40),
    dryRun: z.boolean().default(false),
    by: z.string().optional(),
    count: z.int(),
    note: z.string().optional(),
  }),
);
const StockDropped = event("StockDropped", z.object({ sku: z.string(), reason: z.string(), weight: z.number().optional() }));
const StockShown = event("StockShown", z.object({ sku: z.string() }));
const StockMoved = event("StockMoved", z.object({ sku: z.string() }));

export default flow("stock", {
  summary: "Routes with parameters.",
  owner: "tests",
  triggers: {
    count: api("PUT /warehouses/{warehouse}/stock/{sku}", { emits: StockCounted, query: ["dryRun", "by"] }),
    drop: api("DELETE /stock/{sku}", { emits: StockDropped, query: ["reason", "weight"] }),
    show: api("GET /stock/{sku}", {
      mode: "sync",
      request: z.object({ sku: z.string().max(40), depth: z.int().max(9).default(1), tag: z.string().optional() }),
      answers: z.object({ sku: z.string(), depth: z.int(), tag: z.string().optional() }),
      emits: StockShown,
      handler: ({ sku, depth, tag }) => ({
        answer: { sku, depth, ...(tag !== undefined && { tag }) },
        event: StockShown({ sku }),
      }),
    }),
    showAll: api("GET /stock/all", {
      mode: "sync",
      request: z.object({ page: z.int().optional() }),
      answers: z.object({ page: z.int() }),
      emits: StockShown,
      handler: ({ page = 1 }) => ({ answer: { page }, event: StockShown({ sku: "all" }) }),
    }),
    move: api("POST /stock/{sku}/moves", {
      mode: "sync",
      request: z.object({ sku: z.string(), urgent: z.boolean().default(false), to: z.string() }),
      query: ["urgent"],
      answers: z.object({ sku: z.string(), urgent: z.boolean(), to: z.string() }),
      emits: StockMoved,
      handler: (move) => ({ answer: move, event: StockMoved({ sku: move.sku }) }),
    }),
  },
  steps: {
    book: step({ on: StockCounted, emits: [], handler: () => [] }),
    forget: step({ on: StockDropped, emits: [], handler: () => [] }),
    watch: step({ on: StockShown, emits: [], handler: () => [] }),
    follow: step({ on: StockMoved, emits: [], handler: () => [] }),
  },
});
