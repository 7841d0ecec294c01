import * as z from "zod";
import { adapter, bearer, call, event, flow, poll, step } from "../model/index.ts";

const StockChanged = event("StockChanged", z.object({ sku: z.string(), left: z.int() }));
const Offered = event("Offered", z.object({ sku: z.string(), open: z.boolean() }));
const changes = z.array(z.object({ id: z.int(), sku: z.string(), left: z.int() }));

const supplier = adapter("supplier", {
  summary: "Lists what changed in its stock, by an id that grows.",
  baseUrl: "https://api.supplier.example.com",
  auth: bearer({ secret: "supplier/token" }),
  timeout: "10 seconds",
  operations: {
    changes: call("GET /stock/changes", {
      query: z.object({ after: z.int() }),
      returns: z.object({ changes, more: z.boolean() }),
      example: ({ input: { after: id } }) =>
        id < 3 ? { changes: [{ id: id + 1, sku: `A-${id + 1}`, left: 7 }], more: id < 2 } : { changes: [], more: false },
    }),
  },
});
export default flow("supplier-stock", {
  summary: "Follows a supplier's stock.",
  owner: "purchasing",
  triggers: {
    changes: poll("rate(5 minutes)", {
      emits: [StockChanged],
      uses: { supplier },
      cursor: z.object({ after: z.int() }),
      start: { after: 0 },
      page: async ({ supplier, cursor }) => {
        const { changes, more } = await supplier.changes(cursor);
        const events = changes.map(({ sku, left }) => StockChanged({ sku, left }));
        return { events, cursor: { after: changes.at(-1)?.id ?? cursor.after }, more };
      },
    }),
  },
  steps: { offer: step({ on: StockChanged, emits: [Offered], handler: ({ sku, left }) => Offered({ sku, open: left > 0 }) }) },
});
