import { existsSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, RetryLaterError, step } from "../../../model/index.ts";

const ParcelTaken = event("ParcelTaken", z.object({ id: z.string() }));

/** Requests complete at once, or wait while the file `slow` exists. */
export default flow("timely", {
  summary: "Completes in time, unless its test slows it down.",
  owner: "tests",
  slo: { completedWithin: "30 minutes", for: "95 %" },
  triggers: { parcels: api("POST /parcels", { emits: ParcelTaken }) },
  steps: {
    note: step({
      on: ParcelTaken,
      emits: [],
      handler: () => {
        if (existsSync("__FOLDER__/slow")) throw new RetryLaterError("slow", { after: "40 minutes" });
        return [];
      },
    }),
  },
});
