import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const CaseOpened = event("CaseOpened", z.object({ name: z.string().meta({ personal: true }), how: z.enum(["odd", "terminal"]) }));
const CaseClosed = event("CaseClosed", z.object({}));

/** Its handler writes to the console, and throws. */
export default flow("talkative", {
  summary: "Opens cases, and fails to close them.",
  owner: "tests",
  triggers: { open: api("POST /cases", { emits: CaseOpened }) },
  steps: {
    close: step({
      on: CaseOpened,
      emits: [CaseClosed],
      retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
      handler: ({ name, how }, { log }) => {
        log.debug("reading the case");
        console.log("closing the case of", name);
        const cause = new Error("the archive is full"); // thrown here
        throw how === "odd" ? new Error("odd", { cause }) : new TerminalError(`never for ${name}`);
      },
    }),
  },
});
