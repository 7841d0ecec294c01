import * as z from "zod";
import { event, flow, schedule, step } from "../../../model/index.ts";

const Ticked = event("Ticked", z.object({ n: z.int(), note: z.string().default("none") }), { version: 2 });
const Rested = event("Rested", z.object({}));

/** Starts by time. */
export default flow("ticking", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: {
    tick: schedule("rate(5 minutes)", { emits: Ticked, data: { n: 7 }, summary: "Ticks." }),
    rest: schedule("cron(0 6 ? * SUN *)", {
      emits: Rested,
      timezone: "Europe/Lisbon",
      window: "15 minutes",
      enabled: false,
    }),
  },
  steps: {
    count: step({ on: Ticked, emits: [], serial: { by: "note", version: "n" }, handler: () => [] }),
    sleep: step({ on: Rested, emits: [], handler: () => [] }),
  },
});
