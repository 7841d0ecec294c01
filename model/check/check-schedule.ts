import { parseDuration } from "../duration.ts";
import { nextCronRun } from "../next-run.ts";
import { parseSchedule, ScheduleError } from "../schedule.ts";
import type { ScheduleTrigger } from "../trigger.ts";

/** @returns what is wrong with a schedule: facts and remedies. */
export function checkSchedule({
  expression,
  timezone,
  window,
  data,
  emits,
}: ScheduleTrigger): readonly (readonly [string, string])[] {
  return [
    ...checkExpression(expression, timezone),
    ...(window !== undefined && (parseDuration(window) ?? 60) % 60 !== 0
      ? [[`the window of ${window} is not in whole minutes`, "Choose whole minutes"] as const]
      : []),
    ...checkData(emits.type, emits.schema.safeParse(data ?? {})),
    ...(JSON.stringify(data ?? {}).includes("<aws.scheduler.")
      ? [["the payload holds a context attribute, which AWS would replace", "Use the handler's occurredAt"] as const]
      : []),
  ];
}

function checkExpression(expression: string, timezone: string | undefined): readonly (readonly [string, string])[] {
  try {
    const times = parseSchedule(expression);
    if (timezone !== undefined && times.kind === "rate")
      return [["a rate has no time zone", "Leave timezone out, or write a cron"]];
    if (timezone !== undefined && !isTimezone(timezone))
      return [[`"${timezone}" is not a time zone`, 'Use an IANA name, such as "Europe/Lisbon"']];
    if (times.kind === "cron" && nextCronRun(times, 0) === undefined)
      return [[`"${expression}" never runs: no year has such a day`, "Choose a day that exists"]];
    return [];
  } catch (error) {
    if (error instanceof ScheduleError) return [[error.fact, error.remedy]];
    throw error;
  }
}

type Parsed = ReturnType<ScheduleTrigger["emits"]["schema"]["safeParse"]>;

const checkData = (event: string, parsed: Parsed): readonly (readonly [string, string])[] =>
  parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => [
        `its payload is not of ${event}'s schema: ${path.join(".") || "it"}: ${message}`,
        "Declare such data",
      ]);

function isTimezone(name: string): boolean {
  try {
    return name.includes("/") || name === "UTC" ? new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined : false;
  } catch {
    return false;
  }
}
