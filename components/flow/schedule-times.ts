import type * as aws from "@pulumi/aws";
import { type Flow, seconds, type TimedTrigger } from "../../model/index.ts";

/** Arguments of a schedule that a trigger's own options decide. */
export const timesOf = (
  { name }: Flow,
  trigger: string,
  of: TimedTrigger,
): Pick<
  aws.scheduler.ScheduleArgs,
  "description" | "scheduleExpression" | "scheduleExpressionTimezone" | "state" | "flexibleTimeWindow"
> => ({
  description: of.summary ?? `${name} / ${trigger}`,
  scheduleExpression: of.expression,
  scheduleExpressionTimezone: of.timezone ?? "UTC",
  state: (of.enabled ?? true) ? "ENABLED" : "DISABLED",
  flexibleTimeWindow: of.window ? { mode: "FLEXIBLE", maximumWindowInMinutes: seconds(of.window) / 60 } : { mode: "OFF" },
});
