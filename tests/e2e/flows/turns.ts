import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const OrderChanged = event(
  "OrderChanged",
  z.object({ orderId: z.string(), revision: z.int(), ms: z.int().max(1_000), crash: z.boolean().default(false) }),
);
const ChangeApplied = event("ChangeApplied", z.object({ orderId: z.string(), superseded: z.boolean() }));
const record = (line: object) =>
  appendFileSync("__FOLDER__/turns", `${JSON.stringify({ ...line, at: performance.timeOrigin + performance.now() })}\n`);

/** Applies changes of an order one at a time. */
export default flow("turns", {
  summary: "One at a time per order.",
  owner: "tests",
  triggers: { change: api("POST /changes", { emits: OrderChanged }) },
  steps: {
    apply: step({
      on: OrderChanged,
      emits: [ChangeApplied],
      serial: { by: "orderId", version: "revision" },
      timeout: "6 seconds",
      batchSize: 4,
      handler: async ({ orderId, revision, ms, crash }, { attempt, superseded }) => {
        record({ what: "start", orderId, revision, attempt });
        await setTimeout(ms);
        if (crash && attempt === 1) process.exit(1);
        record({ what: "end", orderId, revision, attempt });
        return ChangeApplied({ orderId, superseded });
      },
    }),
  },
});
