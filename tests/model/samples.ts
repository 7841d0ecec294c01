import * as z from "zod";
import { api, event, type Flow, type FlowGraph, flow, join, step } from "../../model/index.ts";

export const Asked = event("Asked", z.object({ id: z.string(), n: z.int() }));
export const Checked = event("Checked", z.object({ id: z.string() }));
const Priced = event("Priced", z.object({ id: z.string() }));
const Found = event("Found", z.object({ id: z.string() }));
export const Done = event("Done", z.object({ id: z.string() }));

export const about = { summary: "A flow for tests.", owner: "tests", source: import.meta.url };
export const triggers = { ask: api("POST /asks", { emits: Asked }) };

/** check, then price and find in parallel, then a join of the two. */
export const diamond = flow("diamond", {
  ...about,
  triggers,
  steps: {
    check: step({ on: Asked, emits: [Checked], handler: ({ id }) => Checked({ id }) }),
    price: step({ on: Checked, emits: [Priced], handler: ({ id }) => Priced({ id }) }),
    find: step({ on: Checked, emits: [Found], handler: ({ id }) => Found({ id }) }),
    finish: step({ on: join({ price: Priced, found: Found }), emits: [Done], handler: ({ price }) => Done({ id: price.id }) }),
  },
}) as Flow;

/** The given parts of a graph, the rest empty. */
export const graphOf = (parts: Partial<FlowGraph>): FlowGraph => ({
  flow: "test",
  summary: "",
  owner: "",
  triggers: [],
  events: [],
  steps: [],
  adapters: [],
  ...parts,
});
