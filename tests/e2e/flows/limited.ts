import * as z from "zod";
import { adapter, api, call, event, flow, noAuth, step } from "../../../model/index.ts";

const SendAsked = event("SendAsked", z.object({ id: z.string() }));
const Sent = event("Sent", z.object({ id: z.string() }));
const strict = adapter("strict", {
  summary: "A third party that takes one call in two seconds.",
  baseUrl: "https://strict.example.com",
  auth: noAuth(),
  timeout: "10 seconds",
  rateLimit: { calls: 5, per: "10 seconds" },
  operations: { send: call("POST /things", { body: z.object({ id: z.string() }), returns: z.object({ ok: z.boolean() }) }) },
});

const sends = step({
  on: SendAsked,
  emits: [Sent],
  uses: { strict },
  batchSize: 1,
  handler: async ({ id }, { strict }) => {
    await strict.send({ id });
    return Sent({ id });
  },
});

/** Calls a third party with a rate limit. */
export default flow("limited", {
  summary: "Sends things to a strict third party.",
  owner: "tests",
  triggers: { send: api("POST /things", { emits: SendAsked }) },
  steps: { send: sends },
});
