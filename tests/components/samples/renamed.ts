import * as z from "zod";
import { api, event, flow, schedule, step } from "../../../model/index.ts";

const Placed = event("Placed", z.object({ id: z.string() }));
const Ticked = event("Ticked", z.object({}));

/** A flow that was renamed twice, with a step that was renamed. */
export default flow("renamed", {
  summary: "Had other names.",
  owner: "tests",
  formerly: ["store", "market"],
  triggers: {
    order: api("POST /renamed", { emits: Placed }),
    tick: schedule("rate(5 minutes)", { emits: Ticked }),
  },
  steps: {
    bill: step({ formerly: ["charge"], on: Placed, emits: [], handler: () => [] }),
    count: step({ on: Ticked, emits: [], handler: () => [] }),
  },
});
