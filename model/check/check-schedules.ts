import { parseDuration } from "../duration.ts";
import type { Flow } from "../flow.ts";
import { nextCronRun } from "../next-run.ts";
import { parseSchedule, ScheduleError } from "../schedule.ts";
import { isTimed, type ScheduleTrigger, type TimedTrigger } from "../trigger.ts";
import { checkDuration, DAY } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Expressions, time zones, windows and payloads of schedules and polls. */
export function* checkSchedules(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (!isTimed(trigger)) continue;
    const where = placeIn(flow, `trigger ${name}`);
    for (const [fact, remedy] of [...timesProblems(trigger), ...(trigger.kind === "schedule" ? dataProblems(trigger) : [])])
      yield problem("SCHEDULE", where, fact, remedy);
    yield* checkDuration({ where: `${where}, window`, value: trigger.window, within: [60, DAY] });
  }
}

type FactAndRemedy = readonly [fact: string, remedy: string];

function* timesProblems({ expression, timezone, window }: TimedTrigger): Iterable<FactAndRemedy> {
  try {
    const times = parseSchedule(expression);
    if (timezone !== undefined && times.kind === "rate") yield ["a rate has no time zone", "Leave timezone out, or write a cron"];
    else if (timezone !== undefined && !isTimezone(timezone))
      yield [`"${timezone}" is not a time zone`, 'Use an IANA name, such as "Europe/Lisbon"'];
    else if (times.kind === "cron" && nextCronRun(times, 0) === undefined)
      yield [`"${expression}" never runs: no year has such a day`, "Choose a day that exists"];
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    yield [error.fact, error.remedy];
  }
  if (window !== undefined && (parseDuration(window) ?? 60) % 60 !== 0)
    yield [`the window of ${window} is not in whole minutes`, "Choose whole minutes"];
}

function* dataProblems({ data = {}, emits }: ScheduleTrigger): Iterable<FactAndRemedy> {
  const parsed = emits.schema.safeParse(data);
  for (const { path, message } of parsed.error?.issues ?? [])
    yield [
      `its payload does not match the schema of ${emits.type}: ${path.join(".") || "payload"}: ${message}`,
      "Correct `data`",
    ];
  if (JSON.stringify(data).includes("<aws.scheduler."))
    yield ["the payload holds a context attribute, which AWS would replace", "Use the handler's occurredAt"];
}

function isTimezone(name: string): boolean {
  try {
    return name.includes("/") || name === "UTC" ? new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined : false;
  } catch {
    return false;
  }
}
