import * as z from "zod";
import { adapter, api, call, event, flow, noAuth, step } from "../../../../model/index.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const party = adapter("party", {
  baseUrl: "https://party.example.com",
  auth: noAuth(),
  timeout: "2 seconds",
  operations: Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `op${i}`,
      call(`POST /things/${i}`, {
        body: z.object({ [`list${i}`]: z.array(z.object({ id: z.email() })) }),
        returns: z.object({ [`field${i}`]: z.string().regex(/^[a-z]/) }),
      }),
    ]),
  ),
});

/** A flow with more than 60 schemas. */
export default flow("many", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: { ask: api("POST /many", { emits: Asked }) },
  steps: { work: step({ on: Asked, uses: { party }, emits: [], handler: () => [] }) },
});
