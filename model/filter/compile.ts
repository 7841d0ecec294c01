import type * as z from "zod";
import type { AnyEvent } from "../event.ts";
import { alternativesOf } from "../zod-def.ts";
import { fieldsOf, typeOf, valuesIfAbsent } from "./fields.ts";
import { type AnyFilter, type Awaited, isFiltered } from "./filter.ts";
import { type FilterPattern, holds, listOf, type PatternTest } from "./pattern.ts";

/** @returns the pattern of what a step waits for; `undefined` when it waits for each event */
export const patternOf = (awaited: Awaited): FilterPattern | undefined =>
  isFiltered(awaited) ? compileFilter(awaited.event, awaited.filter) : undefined;

/** @param filter that `checkFilters` found sound */
export const compileFilter = ({ schema }: AnyEvent, filter: AnyFilter): FilterPattern => compile(schema, filter, [schema], []);

function compile(root: z.ZodType, filter: AnyFilter, schemas: readonly z.ZodType[], path: readonly string[]): FilterPattern {
  return Object.fromEntries(
    Object.entries(filter).map(([field, condition]) => {
      const here = [...path, field];
      const fields = schemas.flatMap((schema) => fieldsOf(schema, field));
      if (isNested(condition, fields)) return [field, compile(root, condition, fields, here)];
      const tests = testsOf(condition);
      // The rule sees the payload as it was sent; the step gets it with its defaults.
      const fits = valuesIfAbsent(root, here).some((value) => tests.some((test) => holds(test, value)));
      const known = tests.some((test) => typeof test === "object" && test?.exists === false);
      return [field, fits && !known ? [...tests, { exists: false }] : tests];
    }),
  );
}

/** The words of a filter's test, and EventBridge's. */
export const COMPARISONS = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
export const TEST_WORDS: readonly string[] = [
  ...Object.keys(COMPARISONS),
  ...["prefix", "suffix", "equalsIgnoreCase", "anythingBut", "exists"],
];

export const isPlain = (value: unknown): value is AnyFilter =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Conditions on the fields of an object, rather than a test. */
export const isNested = (condition: unknown, fields: readonly z.ZodType[]): condition is AnyFilter => {
  if (!isPlain(condition)) return false;
  const types = fields.flatMap((field) => alternativesOf(field)).map(typeOf);
  if (types.some((type) => type === "object" || type === "record")) return true;
  return (
    types.some((type) => type === "any" || type === "unknown") &&
    !Object.keys(condition).some((name) => TEST_WORDS.includes(name))
  );
};

export const testsOf = (condition: unknown): readonly PatternTest[] => listOf(condition).map(testOf);

function testOf(condition: unknown): PatternTest {
  // Exact values are compared as they are spelled: 300 is not 300.0. Numbers are compared as numbers.
  if (typeof condition === "number") return { numeric: ["=", condition] };
  if (!isPlain(condition)) return condition as PatternTest;
  const limits = Object.entries(COMPARISONS).flatMap(([word, sign]) => (word in condition ? [sign, condition[word]] : []));
  if (limits.length > 0) return { numeric: limits };
  const [[word = "", argument] = []] = Object.entries(condition);
  if (word === "anythingBut") return { "anything-but": isPlain(argument) ? spelled(argument) : argument };
  return spelled({ [word]: argument });
}

const spelled = (test: AnyFilter): { readonly [operator: string]: unknown } =>
  Object.fromEntries(
    Object.entries(test).map(([word, argument]) => [word === "equalsIgnoreCase" ? "equals-ignore-case" : word, argument]),
  );
