import type { Duration } from "./duration.ts";

export type RateUnit = "minute" | "minutes" | "hour" | "hours" | "day" | "days";

/**
 * Times at which a flow starts: `"rate(5 minutes)"`, or AWS's cron of six fields, `"cron(minute hour day-of-month month day-of-week year)"`.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export type ScheduleExpression =
  | `rate(${number} ${RateUnit})`
  | `cron(${string} ${string} ${string} ${string} ${string} ${string})`;

/** Options of triggers that run by time. */
export interface ScheduleOptions {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /**
   * IANA time zone of a cron, such as `"Europe/Lisbon"`. A local time that the zone skips does not run; one that it repeats runs once.
   * @default "UTC"
   * @error SCHEDULE
   */
  readonly timezone?: string;
  /** Spreads runs over this time after the scheduled one. @range 1 minute to 1 day @default none: within the minute */
  readonly window?: Duration;
  /** False pauses the schedule. @default true */
  readonly enabled?: boolean;
}

/** A parsed schedule expression. */
export type ScheduleTimes = { readonly kind: "rate"; readonly everyMs: number } | ({ readonly kind: "cron" } & CronFields);

export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Decides by the day of the month or by the day of the week. */
  readonly isDay: (day: CalendarDay) => boolean;
  readonly months: ReadonlySet<number>;
  readonly years: readonly number[];
}
export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** A mistake in an expression: fact and remedy, neither with a full stop. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
  readonly fact: string;
  readonly remedy: string;
  constructor(fact: string, remedy: string) {
    super(`${fact}. ${remedy}.`);
    this.fact = fact;
    this.remedy = remedy;
  }
}

/** @throws ScheduleError */
export function parseSchedule(expression: string): ScheduleTimes {
  const [, count = "", unit = ""] = /^rate\((\d{1,6}) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== "") {
    if (Number(count) < 1) throw new ScheduleError(`"${expression}" never runs`, "Write a whole number from 1");
    return { kind: "rate", everyMs: Number(count) * (UNITS[unit] ?? 0) };
  }
  const [, inBrackets, bare = ""] = /^(?:cron\((.*)\)|((?:\S+ ){4}\S+))$/.exec(expression) ?? [];
  const fields = (inBrackets ?? bare) === "" ? [] : (inBrackets ?? bare).split(" ");
  const [minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = fields;
  if (fields.length !== 6)
    throw new ScheduleError(
      `"${expression}" is neither rate(…) nor a cron of six fields${fields.length > 0 ? `: it has ${fields.length}` : ""}`,
      `Write it like ${fields.length === 5 ? `"${withYear(fields)}"` : '"rate(5 minutes)" or "cron(0 9 ? * MON-FRI *)"'}`,
    );
  if ((days === "?") === (weekdays === "?"))
    throw new ScheduleError(
      `"${expression}" gives ${days === "?" ? "neither" : "both"} day of the month ${days === "?" ? "nor" : "and"} day of the week`,
      "Write ? in one of the two fields",
    );
  return {
    kind: "cron",
    minutes: numbers("minute", minutes, [0, 59]),
    hours: numbers("hour", hours, [0, 23]),
    isDay: days === "?" ? byWeekday(weekdays) : byDayOfMonth(days),
    months: new Set(numbers("month", months, [1, 12], MONTHS)),
    years: numbers("year", years, [1970, 2199]),
  };
}

/** Days in a month, 1 to 12. */
const lengthOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** 1 for Sunday to 7 for Saturday, as AWS counts. */
const weekdayOf = ({ year, month, day }: CalendarDay) => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

/** `L` is the month's last day; `15W` is the weekday (Monday to Friday) nearest to the 15th within the month. */
function byDayOfMonth(text: string): CronFields["isDay"] {
  if (text === "L") return ({ year, month, day }) => day === lengthOf(year, month);
  const [, near] = /^(\d{1,2})W$/.exec(text) ?? [];
  if (near !== undefined) {
    const [wanted = 0] = numbers("day of the month", near, [1, 31]);
    return ({ year, month, day }) => day === nearestWeekday(year, month, wanted);
  }
  const days = new Set(numbers("day of the month", text, [1, 31]));
  return ({ day }) => days.has(day);
}

/** A cron of five fields, as Unix has it, in AWS's form. {@link ScheduleForm} says the same to the compiler. */
function withYear([minute, hour, day, month, weekday]: readonly string[]): string {
  return weekday === "*" || weekday === "?"
    ? `cron(${minute} ${hour} ${day === "?" ? "*" : day} ${month} ? *)`
    : `cron(${minute} ${hour} ? ${month} ${weekday} *)`;
}

function nearestWeekday(year: number, month: number, wanted: number): number | undefined {
  const last = lengthOf(year, month);
  if (wanted > last) return undefined;
  const weekday = weekdayOf({ year, month, day: wanted });
  if (weekday === 7) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 1) return wanted === last ? wanted - 2 : wanted + 1;
  return wanted;
}

/** `L` is Saturday; `6L` is the month's last Friday; `3#2` is its second Tuesday. */
function byWeekday(text: string): CronFields["isDay"] {
  const weekdayIn = (field: string) => numbers("day of the week", field, [1, 7], WEEKDAYS)[0];
  if (text === "L") return (date) => weekdayOf(date) === 7;
  const [, last] = /^(\w+)L$/.exec(text) ?? [];
  if (last !== undefined) {
    const weekday = weekdayIn(last);
    return (date) => weekdayOf(date) === weekday && date.day > lengthOf(date.year, date.month) - 7;
  }
  const [, nth, count = ""] = /^(\w+)#(\d+)$/.exec(text) ?? [];
  if (nth !== undefined) {
    const weekday = weekdayIn(nth);
    const [week = 0] = numbers("week of the month", count, [1, 5]);
    return (date) => weekdayOf(date) === weekday && Math.ceil(date.day / 7) === week;
  }
  const weekdays = new Set(numbers("day of the week", text, [1, 7], WEEKDAYS));
  return (date) => weekdays.has(weekdayOf(date));
}

/** Parses lists (`,`), ranges (`-`), steps (`/`) and `*`. @returns distinct numbers, ascending */
function numbers(what: string, text: string, [least, most]: readonly [number, number], names: readonly string[] = []): number[] {
  const wrong = (fact: string) =>
    new ScheduleError(
      `${fact} in the ${what} field "${text}"`,
      `Use ${least} to ${most}${names.length > 0 ? ` or ${names[0]} to ${names.at(-1)}` : ""}, with , - * /`,
    );
  const value = (word: string) => {
    const index = names.indexOf(word.toUpperCase());
    const found = index >= 0 ? index + least : /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
    if (!(found >= least && found <= most)) throw wrong(`"${word}" is out of range`);
    return found;
  };
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step, ...rest] = part.split("/");
    const by = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : Number.NaN;
    if (!(by >= 1) || rest.length > 0) throw wrong(`"${part}" has no step of 1 or more`);
    const [from = "", to, ...more] = range.split("-");
    if (more.length > 0) throw wrong(`"${range}" is not a range`);
    const first = from === "*" && to === undefined ? least : value(from);
    const last = to !== undefined ? value(to) : from === "*" || step !== undefined ? most : first;
    if (last < first) throw wrong(`"${range}" ends before it begins`);
    for (let number = first; number <= last; number += by) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}
