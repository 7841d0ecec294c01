import type { RateUnit, ScheduleExpression } from "./schedule.ts";

/** Texts between single spaces. */
type Fields<Text extends string> = Text extends `${infer First} ${infer Rest}` ? [First, ...Fields<Rest>] : [Text];

/** A cron of five fields, as Unix has it, in AWS's form: with a year, and `?` in one of the two day fields. */
type SixOf<Five> = Five extends [
  infer Minute extends string,
  infer Hour extends string,
  infer Day extends string,
  infer Month extends string,
  infer Weekday extends string,
]
  ? Weekday extends "*" | "?"
    ? `cron(${Minute} ${Hour} ${Day extends "?" ? "*" : Day} ${Month} ? *)`
    : `cron(${Minute} ${Hour} ? ${Month} ${Weekday} *)`
  : "cron(0 9 ? * MON-FRI *)";

type CronForm<Text extends string, Parts extends readonly string[]> = Parts["length"] extends 6
  ? string extends Parts[2] | Parts[4]
    ? Text
    : "?" extends Parts[2]
      ? "?" extends Parts[4]
        ? "a cron gives the day of the month or the day of the week; here ? stands in both"
        : Text
      : "?" extends Parts[4]
        ? Text
        : "a cron has ? in one of its two day fields, the day of the month (third) and the day of the week (fifth)"
  : `a cron has 6 fields (minute, hour, day of the month, month, day of the week, year), and this one has ${Parts["length"] & number}: write it like "${SixOf<Parts>}"`;

/** A schedule, or the sentence that says what is wrong with it: the compiler shows it as the type that was expected. */
export type ScheduleForm<Text extends string> = string extends Text
  ? ScheduleExpression
  : Text extends `rate(${number} ${RateUnit})`
    ? Text
    : Text extends `rate(${string}`
      ? `a rate is a whole number of minutes, hours or days, like "rate(5 minutes)"`
      : Text extends `cron(${infer Within})`
        ? string extends Within
          ? Text
          : CronForm<Text, Fields<Within>>
        : Fields<Text>["length"] extends 5
          ? `a schedule is a rate or a cron of AWS, which has 6 fields: write it like "${SixOf<Fields<Text>>}"`
          : `a schedule is "rate(…)" or "cron(…)", like "rate(5 minutes)" or "cron(0 9 ? * MON-FRI *)"`;
