import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyProgram } from "../../../tests/e2e/program-copy.ts";

/** Calls that the third party takes in a second of the hub's clock: fewer than a small machine can make. */
export const CALLS_A_SECOND = 8;

/** Longest call about the limit's item, ms: the functions that write it contend then. */
export const SLOW_LIMIT_MS = 100;

/** A copy of the program with one flow: a request becomes a backlog of messages behind a rate limit. */
export function writeProgram(root: string): void {
  copyProgram(root);
  mkdirSync(join(root, "flows"));
  writeFileSync(join(root, "flows/crowd.ts"), SOURCE);
}

const SOURCE = `
import * as z from "zod";
import { adapter, api, call, event, flow, noAuth, step } from "../model/index.ts";
const CrowdAsked = event("CrowdAsked", z.object({ size: z.number() }));
const SendAsked = event("SendAsked", z.object({ n: z.number() }));
const strict = adapter("strict", {
  baseUrl: "https://strict.example.com", auth: noAuth(), timeout: "5 seconds",
  rateLimit: { calls: ${CALLS_A_SECOND}, per: "1 second" },
  operations: { send: call("POST /things", { body: z.object({ n: z.number(), attempt: z.number() }), returns: z.object({ ok: z.boolean() }), example: { ok: true } }) },
});
export default flow("crowd", {
  summary: "Sends a crowd of things to a strict third party.",
  owner: "chaos",
  triggers: { ask: api("POST /crowds", { emits: CrowdAsked }) },
  steps: {
    split: step({
      on: CrowdAsked, emits: [SendAsked],
      handler: ({ size }) => Array.from({ length: size }, (_, n) => SendAsked({ n })),
    }),
    send: step({
      on: SendAsked, emits: [], uses: { strict },
      // What is under way when the hub is killed comes back after six times this.
      timeout: "10 seconds",
      handler: async ({ n }, { strict, attempt }) => (await strict.send({ n, attempt }), []),
    }),
  },
});
`;
