import * as z from "zod";
import { adapter, answer, api, call, event, flow, noAuth, nothing, step, withHeaders } from "../../../model/index.ts";

/** Examples may refer to anything of their module. */
const STOCK = ["coffee", "filter", "kettle", "mill", "scale"];
const SIZE = 2;

const Item = z.object({ sku: z.string() });
const warehouse = adapter("warehouse", {
  baseUrl: "https://warehouse.example.com/v2",
  auth: noAuth(),
  timeout: "5 seconds",
  operations: {
    list: call("GET /items", {
      query: z.object({ after: z.string().optional() }),
      returns: z.object({ items: z.array(Item), next: z.string().optional() }),
      pages: { by: "cursor", from: "next", parameter: "after" },
      example: ({ input: { after } }) => {
        const first = after === undefined ? 0 : STOCK.indexOf(after) + 1;
        const items = STOCK.slice(first, first + SIZE).map((sku) => ({ sku }));
        return { items, next: first + SIZE < STOCK.length ? items.at(-1)?.sku : undefined };
      },
    }),
    linked: call("GET /linked", {
      query: z.object({ page: z.int().optional() }),
      returns: withHeaders(["ETag"], z.array(Item)),
      pages: { by: "link" },
      example: ({ input: { page = 1 }, url }) => {
        const next = new URL(url);
        next.searchParams.set("page", String(page + 1));
        return answer(200, [{ sku: STOCK[page - 1] ?? "" }], {
          etag: `"${page}"`,
          ...(page < STOCK.length && { link: `<${next.href}>; rel="next"` }),
        });
      },
    }),
    find: call("GET /items/:sku", {
      returns: Item,
      errors: { 404: nothing() },
      example: async ({ input: { sku } }) => (STOCK.includes(sku) ? { sku } : answer(404)),
    }),
    reserve: call("POST /reservations", {
      body: z.object({ sku: z.string() }),
      returns: z.object({ number: z.int() }),
      example: ({ input: { sku }, number }) => {
        if (sku === "broken") throw new TypeError("no such shelf");
        return { number };
      },
    }),
  },
});

const Asked = event("Asked", z.object({ wanted: z.array(z.string()) }));
const Listed = event("Listed", z.object({ cursor: z.array(z.string()), linked: z.array(z.string()) }));
const Reserved = event("Reserved", z.object({ numbers: z.array(z.int()), missing: z.array(z.string()) }));

export default flow("played", {
  summary: "Calls a third party whose examples are functions.",
  owner: "tests",
  triggers: { ask: api("POST /asked", { emits: Asked }) },
  steps: {
    list: step({
      on: Asked,
      emits: [Listed],
      uses: { warehouse },
      handler: async (_, { warehouse }) => {
        const [cursor, linked]: [string[], string[]] = [[], []];
        for await (const { items } of warehouse.list.pages({})) cursor.push(...items.map(({ sku }) => sku));
        for await (const { body } of warehouse.linked.pages({})) linked.push(...body.map(({ sku }) => sku));
        return Listed({ cursor, linked });
      },
    }),
    reserve: step({
      on: Asked,
      emits: [Reserved],
      uses: { warehouse },
      handler: async ({ wanted }, { warehouse }) => {
        const [numbers, missing]: [number[], string[]] = [[], []];
        for (const sku of wanted) {
          const found = sku === "broken" ? undefined : await warehouse.find({ sku });
          if (found?.ok === false) missing.push(sku);
          else numbers.push((await warehouse.reserve({ sku })).number);
        }
        return Reserved({ numbers, missing });
      },
    }),
  },
});
