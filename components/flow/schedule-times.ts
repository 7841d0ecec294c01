import type * as aws from "@pulumi/aws";
import { busName, type Flow, isTimed, type ScheduleTrigger, seconds, type TimedTrigger } from "../../model/index.ts";
import type { Timer } from "../../protocol/dead-letter.ts";

/**
 * Scheduler replaces it by the time for which a run is scheduled, without fractions of a second.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";

const UTC = "UTC";

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
  scheduleExpressionTimezone: of.timezone ?? UTC,
  state: (of.enabled ?? true) ? "ENABLED" : "DISABLED",
  flexibleTimeWindow: of.window ? { mode: "FLEXIBLE", maximumWindowInMinutes: seconds(of.window) / 60 } : { mode: "OFF" },
});

/** A flow's schedules and polls by the trigger's name, for the ops function. */
export const timersOf = ({ triggers }: Flow): Readonly<Record<string, Timer>> =>
  Object.fromEntries(
    Object.entries(triggers).flatMap(([trigger, of]): readonly [string, Timer][] => {
      if (!isTimed(of)) return [];
      const times = { expression: of.expression, timezone: of.timezone ?? UTC, enabled: of.enabled ?? true };
      if (of.kind === "poll") return [[trigger, { kind: of.kind, ...times }]];
      const { emits, data = {} } = of as ScheduleTrigger & { readonly data?: object };
      return [[trigger, { kind: of.kind, ...times, event: busName(emits), version: emits.version, data }]];
    }),
  );
