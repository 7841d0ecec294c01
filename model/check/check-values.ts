import type * as z from "zod";
import { parseDuration } from "../duration.ts";
import { jsonSchema } from "../json-schema.ts";
import { REMEDY, SchemaError } from "../schema-rules.ts";
import { type Problem, problem } from "./problem.ts";

/** A value and the place to name when it is wrong. `undefined` means that the declaration leaves it out, which is fine. */
interface Placed<Value> {
  readonly where: string;
  readonly value: Value | undefined;
}
interface Within {
  /** The least and the most, both allowed. Durations in seconds. */
  readonly within: readonly [least: number, most: number];
}

export const DAY = 86_400;

export function* checkDuration({ where, value, within: [least, most] }: Placed<string> & Within): Iterable<Problem> {
  if (value === undefined) return;
  const seconds = parseDuration(value);
  if (typeof (value as unknown) === "number")
    yield problem("DURATION", where, `${value} has no unit`, `Write a text, such as "${value} seconds" or "${value} minutes"`);
  else if (seconds === undefined)
    yield problem("DURATION", where, `"${value}" is not a duration`, 'Write a number and a unit, such as "30 seconds"');
  else if (seconds < least || seconds > most)
    yield problem("DURATION", where, `"${value}" is not within ${least} to ${most} seconds`, "Choose a duration in that range");
}

export function* checkWholeNumber({ where, value, within: [least, most] }: Placed<number> & Within): Iterable<Problem> {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  yield problem("RANGE", where, `${value} is not a whole number from ${least} to ${most}`, "Choose one in that range");
}

/** @param value memory of a Lambda function, in MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const checkMemory = ({ where, value }: Placed<number>): Iterable<Problem> =>
  checkWholeNumber({ where, value, within: [128, 10_240] });

export function* checkSchema({ where, value }: Placed<z.ZodType>): Iterable<Problem> {
  if (value === undefined) return;
  try {
    jsonSchema(value);
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    yield problem("SCHEMA", where, fact, error instanceof SchemaError ? error.remedy : REMEDY);
  }
}
