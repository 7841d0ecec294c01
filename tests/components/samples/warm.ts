import * as z from "zod";
import { api, event, flow, hmac, step, webhook } from "../../../model/index.ts";

const Quoted = event("Quoted", z.object({ id: z.string() }));
const quote = {
  mode: "sync",
  request: z.object({}),
  answers: z.object({}),
  emits: Quoted,
  handler: () => ({ answer: {}, event: Quoted({ id: "q" }) }),
} as const;

/** Two warm endpoints and one that is not. */
export default flow("warm", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: {
    cold: api("POST /quotes/cold", quote),
    some: api("POST /quotes/some", { ...quote, provisionedConcurrency: { min: 2, max: 9 } }),
    more: api("POST /quotes/more", { ...quote, provisionedConcurrency: { min: 3, max: 4 } }),
    hook: webhook("POST /hooks/a", { emits: Quoted, verify: hmac({ secret: "a/key", header: "x-s", deliveryId: ["body:id"] }) }),
  },
  steps: { note: step({ on: Quoted, emits: [], handler: () => [] }) },
});
