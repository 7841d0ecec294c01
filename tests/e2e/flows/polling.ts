import { appendFileSync } from "node:fs";
import * as z from "zod";
import { adapter, api, bearer, call, event, flow, poll, step } from "../../../model/index.ts";

const ItemFound = event("ItemFound", z.object({ id: z.int() }));
const items = z.array(z.object({ id: z.int() }));

/** Has a new item after each; five of them are there at once. */
const depot = adapter("depot", {
  summary: "Lists items.",
  baseUrl: "https://depot.example.com",
  auth: bearer({ secret: "depot/token" }),
  timeout: "10 seconds",
  rateLimit: { calls: 1_000, per: "1 second" },
  operations: {
    items: call("GET /items", {
      query: z.object({ after: z.int() }),
      returns: z.object({ items, more: z.boolean() }),
      example: ({ input: { after } }) => ({ items: [{ id: after + 1 }], more: (after + 1) % 5 !== 0 }),
    }),
  },
});

export default flow("polling", {
  summary: "Starts by what a third party has.",
  owner: "tests",
  admission: { oldest: "1 hour" },
  triggers: {
    ask: api("POST /items", { emits: ItemFound }),
    items: poll("rate(2 minutes)", {
      emits: [ItemFound],
      uses: { depot },
      cursor: z.object({ after: z.int() }),
      start: { after: 0 },
      timeout: "30 seconds",
      page: async ({ depot, cursor }) => {
        const { items, more } = await depot.items(cursor);
        return { events: items.map(ItemFound), cursor: { after: items.at(-1)?.id ?? cursor.after }, more };
      },
    }),
  },
  steps: {
    take: step({
      on: ItemFound,
      emits: [],
      handler: ({ id }, { requestId, tenant }) => {
        appendFileSync("__FOLDER__/items", `${JSON.stringify({ id, requestId, tenant })}\n`);
        return [];
      },
    }),
  },
});
