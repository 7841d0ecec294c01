import type { CalendarDay, CronFields } from "./schedule.ts";

const DAY_MS = 86_400_000;

/**
 * The first run of a cron schedule after a time. As in EventBridge Scheduler, a local time that the zone skips does not run, and one that
 * it repeats runs once, at the first occurrence.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 *
 * @param after ms since the epoch
 * @param timezone IANA name
 * @returns ms since the epoch; `undefined` when it never runs again
 */
export function nextCronRun(cron: CronFields, after: number, timezone = "UTC"): number | undefined {
  const offsetAt = offsetsOf(timezone);
  // A zone may be up to a day ahead of UTC or behind it.
  const first = new Date(after - DAY_MS);
  for (const date of datesFrom(cron, first)) {
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const wall = Date.UTC(date.year, date.month - 1, date.day, hour, minute);
        const found = firstInstant(wall, offsetAt);
        if (found !== undefined && found > after) return found;
      }
    }
  }
  return undefined;
}

function* datesFrom({ years, months, isDay }: CronFields, first: Date): Iterable<CalendarDay> {
  const from = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate());
  for (const year of years) {
    if (year < first.getUTCFullYear()) continue;
    for (let at = Math.max(from, Date.UTC(year, 0, 1)); at < Date.UTC(year + 1, 0, 1); at += DAY_MS) {
      const date = new Date(at);
      const day = { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      if (months.has(day.month) && isDay(day)) yield day;
    }
  }
}

/** @returns the first instant at which the zone's clocks show this time; `undefined` when they skip it */
function firstInstant(wall: number, offsetAt: (at: number) => number): number | undefined {
  const offsets = new Set([offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)]);
  const instants = [...offsets].map((offset) => wall - offset).filter((at) => at + offsetAt(at) === wall);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

/** @returns a function from an instant to the zone's offset from UTC, both in ms */
function offsetsOf(timezone: string): (at: number) => number {
  if (timezone === "UTC") return () => 0;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
  };
}
