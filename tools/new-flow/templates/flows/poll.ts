import * as z from "zod";
import { adapter, bearer, call, event, flow, poll, step } from "../../../../model/index.ts";

const FlowNameFound = event("FlowNameFound", z.object({ sku: z.string(), left: z.int() }));
const FlowNameRead = event("FlowNameRead", z.object({ sku: z.string(), inStock: z.boolean() }));
const items = z.array(z.object({ id: z.int(), sku: z.string(), left: z.int() }));

const partner = adapter("flow-name-partner", {
  baseUrl: "https://partner.example.com/v1",
  auth: bearer({ secret: "flow-name/token" }),
  timeout: "5 seconds",
  operations: {
    changes: call("GET /changes", {
      query: z.object({ after: z.int() }),
      returns: z.object({ items, more: z.boolean() }),
      example: ({ input: { after } }) =>
        after < 2
          ? { items: [{ id: after + 1, sku: `A-${after + 1}`, left: 7 }], more: after === 0 }
          : { items: [], more: false },
    }),
  },
});

export default flow("flow-name", {
  summary: "Follows the partner's items.",
  owner: "your-team",
  triggers: {
    items: poll("rate(5 minutes)", {
      emits: [FlowNameFound],
      uses: { partner },
      cursor: z.object({ after: z.int() }),
      start: { after: 0 },
      page: async ({ partner, cursor }) => {
        const { items, more } = await partner.changes(cursor);
        const events = items.map(({ sku, left }) => FlowNameFound({ sku, left }));
        return { events, cursor: { after: items.at(-1)?.id ?? cursor.after }, more };
      },
    }),
  },
  steps: {
    read: step({
      on: FlowNameFound,
      emits: [FlowNameRead],
      handler: ({ sku, left }) => FlowNameRead({ sku, inStock: left > 0 }),
    }),
  },
});
