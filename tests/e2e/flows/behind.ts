import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { api, event, flow, hmac, step, webhook } from "../../../model/index.ts";

const WorkAsked = event("WorkAsked", z.object({ id: z.string() }));
const FILE = "__FOLDER__/handled";
let handled = 0;

/** As many messages as the file says may be handled. */
const allowed = () => (existsSync(FILE) ? Number(readFileSync(FILE, "utf8")) : 0);

/** Refuses requests while its queue holds an old message. */
export default flow("behind", {
  summary: "Works at the pace of its test.",
  owner: "tests",
  admission: { oldest: "1 minute" },
  triggers: {
    work: api("POST /work", { emits: WorkAsked }),
    ask: api("POST /ask", {
      mode: "sync",
      request: z.object({ id: z.string() }),
      answers: z.object({ ok: z.boolean() }),
      emits: WorkAsked,
      handler: ({ id }) => ({ answer: { ok: true }, event: WorkAsked({ id }) }),
    }),
    hook: webhook("POST /hooks/work", {
      emits: WorkAsked,
      verify: hmac({ secret: "work/hook", header: "x-signature", deliveryId: ["body:id"] }),
    }),
  },
  steps: {
    work: step({
      on: WorkAsked,
      emits: [],
      batchSize: 1,
      concurrency: 2,
      timeout: "15 minutes",
      handler: async () => {
        const turn = handled++;
        while (turn >= allowed()) await sleep(10);
        return [];
      },
    }),
  },
});
