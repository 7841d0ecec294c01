import { appendFileSync, existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const CrateCame = event("CrateCame", z.object({ id: z.string() }));

// The program and the load check have no log stream: they load this file as it is.
if ("AWS_LAMBDA_LOG_STREAM_NAME" in process.env && existsSync("__FOLDER__/gate")) {
  appendFileSync("__FOLDER__/held", `${JSON.stringify({ process: process.pid })}\n`);
  while (existsSync("__FOLDER__/gate")) await sleep(20);
}

/** As many functions as the machine starts at once, none of which is loaded while the file `gate` exists. */
export default flow("held", {
  summary: "Holds the start of its functions.",
  owner: "tests",
  triggers: { crate: api("POST /crates", { emits: CrateCame }) },
  steps: Object.fromEntries(
    Array.from({ length: availableParallelism() }, (_, lane) => [
      `lane${lane}`,
      step({ on: CrateCame, emits: [], handler: () => [] }),
    ]),
  ),
});
