import { appendFileSync, existsSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const RunAsked = event("RunAsked", z.object({ id: z.string(), trouble: z.enum(["crash", "throw", "down", "none"]) }));
const RunDone = event("RunDone", z.object({ id: z.string() }));

/** A step with direct delivery; it fails as requested until the file `mended` exists. */
export default flow("straight", {
  summary: "Goes straight.",
  owner: "tests",
  triggers: { run: api("POST /runs", { emits: RunAsked }) },
  steps: {
    go: step({
      on: RunAsked,
      emits: [RunDone],
      delivery: "direct",
      timeout: "2 seconds",
      handler: ({ id, trouble }, { attempt }) => {
        appendFileSync("__FOLDER__/runs", `${JSON.stringify({ id, attempt })}\n`);
        const broken = !existsSync("__FOLDER__/mended");
        if (broken && trouble === "crash") process.exit(1);
        if (broken && trouble === "throw") throw new Error("not today");
        if (broken && trouble === "down") throw new TerminalError("it is down", { code: "THIRD_PARTY_FAILED" });
        return RunDone({ id });
      },
    }),
  },
});
