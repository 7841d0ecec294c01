import * as z from "zod";
import { event, flow, schedule, step } from "../../../model/index.ts";

const Ticked = event("Ticked", z.object({ orderId: z.string() }));

/** A flow that a schedule alone starts. */
export default flow("timed", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: { tick: schedule("rate(1 hour)", { emits: Ticked, data: { orderId: "O-1" } }) },
  steps: { copy: step({ on: Ticked, emits: [], handler: () => [] }) },
});
