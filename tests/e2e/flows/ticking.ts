import { appendFileSync } from "node:fs";
import * as z from "zod";
import { event, flow, schedule, step } from "../../../model/index.ts";

const Ticked = event("Ticked", z.object({ n: z.int(), note: z.string().default("none") }));
const Counted = event("Counted", z.object({ n: z.int() }));

const Fifth = event("Fifth", z.object({}));

/** Starts every minute, and every five minutes; the other trigger never fires. */
export default flow("ticking", {
  summary: "Starts by time.",
  owner: "tests",
  triggers: {
    tick: schedule("rate(1 minute)", { emits: Ticked, data: { n: 7 } }),
    rest: schedule("cron(0 0 1 1 ? 2190)", { emits: Ticked, data: { n: 8 } }),
    five: schedule("cron(0/5 * * * ? *)", { emits: Fifth, data: {} }),
  },
  steps: {
    count: step({
      on: Ticked,
      emits: [Counted],
      handler: ({ n, note }, { requestId, tenant, occurredAt }) => {
        appendFileSync("__FOLDER__/ticks", `${JSON.stringify({ n, note, requestId, tenant, occurredAt })}\n`);
        return Counted({ n });
      },
    }),
    five: step({
      on: Fifth,
      emits: [],
      handler: (_, { requestId }) => {
        appendFileSync("__FOLDER__/fives", `${JSON.stringify({ requestId })}\n`);
        return [];
      },
    }),
  },
});
