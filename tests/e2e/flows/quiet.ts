import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const NoteCame = event("NoteCame", z.object({ trouble: z.enum(["none", "refused"]) }));
const NoteKept = event("NoteKept", z.object({}));
const NoteFiled = event("NoteFiled", z.object({}));

/** Its step refuses when it is asked to. */
export default flow("quiet", {
  summary: "Files notes.",
  owner: "tests",
  triggers: { note: api("POST /notes", { emits: NoteCame }) },
  steps: {
    file: step({
      on: NoteCame,
      emits: [NoteFiled],
      handler: ({ trouble }) => {
        if (trouble === "refused") throw new TerminalError("not this one", { code: "REFUSED" });
        return NoteFiled({});
      },
    }),
    keep: step({ on: NoteFiled, emits: [NoteKept], handler: () => NoteKept({}) }),
  },
});
