import * as z from "zod";
import { api, event, flow, jwtAuth, step } from "../../../model/index.ts";

const place = z.object({ postcode: z.string().regex(/^(?=.*[A-Z])[A-Z]{2}$/) }).meta({ id: "Place" });
const Quoted = event("Quoted", z.object({ cents: z.int() }));

/** A synchronous endpoint by POST, for tokens with two scopes; its schema defines a part for reuse. */
export default flow("quotes", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: {
    ask: api("POST /quotes", {
      mode: "sync",
      auth: jwtAuth({ scopes: ["quotes:read", "quotes:write"] }),
      request: z.object({ places: z.array(place).min(2) }),
      answers: z.object({ cents: z.int() }),
      emits: Quoted,
      handler: () => ({ answer: { cents: 1 }, event: Quoted({ cents: 1 }) }),
    }),
  },
  steps: { note: step({ on: Quoted, emits: [], handler: () => [] }) },
});
