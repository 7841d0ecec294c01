import { appendFileSync, existsSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, join, step, TerminalError } from "../../../model/index.ts";

const LeftCame = event("LeftCame", z.object({ key: z.string() }));
const RightCame = event("RightCame", z.object({ key: z.string(), refuse: z.boolean().default(false) }));
const Met = event("Met", z.object({ key: z.string() }));

/** A join of parts from two requests, with a deadline. It can be made to refuse until the file `mended` exists. */
export default flow("meeting", {
  summary: "Waits for two.",
  owner: "tests",
  triggers: { left: api("POST /lefts", { emits: LeftCame }), right: api("POST /rights", { emits: RightCame }) },
  steps: {
    meet: step({
      on: join({ left: LeftCame, right: RightCame }, { by: "key", within: "10 minutes" }),
      emits: [Met],
      handler: ({ left, right }) => {
        appendFileSync("__FOLDER__/met", `${JSON.stringify({ key: left.key })}\n`);
        if (right.refuse && !existsSync("__FOLDER__/mended")) throw new TerminalError("not these two", { code: "REFUSED" });
        return Met({ key: left.key });
      },
    }),
  },
});
