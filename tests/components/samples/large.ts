import * as z from "zod";
import { event, flow, schedule, step } from "../../../model/index.ts";

const Started = event("Started", z.object({}));

/** A flow of 11 steps: its alarms watch more metrics than one alarm takes. */
export default flow("large", {
  summary: "Does a lot each night.",
  owner: "team-shop",
  source: import.meta.url,
  triggers: { nightly: schedule("cron(0 3 * * ? *)", { timezone: "UTC", emits: Started }) },
  steps: Object.fromEntries(
    Array.from({ length: 11 }, (_, i) => [`take${i}`, step({ on: Started, emits: [], handler: () => [] })]),
  ),
});
