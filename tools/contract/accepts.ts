import { isDeepStrictEqual } from "node:util";
import type { ObjectShape, Schema, Shape } from "./shape.ts";
import { obeys } from "./text-rules.ts";

type Verdict = boolean | undefined;

/**
 * @param undeclared of the fields that an open object does not declare, those that it may have. @default any
 * @returns whether the schema accepts the JSON value; `undefined` where a rule exists only as code
 */
export const accepts = ({ shape, parts = {} }: Schema, value: unknown, undeclared?: readonly string[]): Verdict =>
  fits(shape, value, { parts, undeclared });

interface Context {
  readonly parts: NonNullable<Schema["parts"]>;
  readonly undeclared: readonly string[] | undefined;
}

function fits(shape: Shape, value: unknown, context: Context): Verdict {
  switch (shape.is) {
    case "any":
      return true;
    case "never":
      return false;
    case "text": {
      const { min = 0, max = Number.POSITIVE_INFINITY, rules = [] } = shape;
      if (typeof value !== "string") return false;
      const { length } = [...value];
      if (length < min || length > max) return false;
      return all(rules.map((rule) => obeys(value, rule)));
    }
    case "number":
      return typeof value === "number" && fitsNumber(shape, value);
    case "values":
      return shape.of.some((one) => one === value);
    case "object":
      return isObject(value) && fitsObject(shape, value, context);
    case "record":
      return isObject(value) && all(Object.entries(value).map(([key, inner]) => fitsEntry(shape, [key, inner], context)));
    case "list": {
      const { min = 0, max = Number.POSITIVE_INFINITY, of } = shape;
      if (!Array.isArray(value) || value.length < min || value.length > max) return false;
      return all(value.map((item) => fits(of, item, context)));
    }
    case "tuple": {
      const { items, required, rest = { is: "never" } } = shape;
      if (!Array.isArray(value) || value.length < required) return false;
      return all(value.map((item, i) => fits(items[i] ?? rest, item, context)));
    }
    case "union":
      return some(shape.of.map((option) => fits(option, value, context)));
    case "intersection":
      // zod lets a key pass that one of two strict objects knows, and refuses parts that merge to different values.
      return all([...shape.of.map((side) => fits(side, value, context))]) === true ? true : undefined;
    case "ref":
      return fits(context.parts[shape.to] as Shape, value, context);
    case "opaque":
      return fits(shape.of, value, context) === false ? false : undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const all = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes(false) ? false : verdicts.includes(undefined) ? undefined : true;
const some = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;

function fitsNumber(shape: Shape & { readonly is: "number" }, value: number): Verdict {
  const { int, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, multipleOf = [] } = shape;
  if (!Number.isFinite(value) || (int && !Number.isSafeInteger(value))) return false;
  if (value < min || value > max || value <= above || value >= below) return false;
  return all(multipleOf.map((step) => isMultiple(value, step)));
}

/** zod rounds where a step has a fraction, and where a value is large. */
export const isExact = (...numbers: readonly number[]) => numbers.every((one) => Number.isInteger(one) && Math.abs(one) <= 1e9);
const isMultiple = (value: number, step: number): Verdict => (isExact(value, step) ? value % step === 0 : undefined);

function fitsObject(
  { fields, optional = [], rest }: ObjectShape,
  value: Readonly<Record<string, unknown>>,
  context: Context,
): Verdict {
  if (Object.keys(fields).some((name) => !Object.hasOwn(value, name) && !optional.includes(name))) return false;
  return all(
    Object.entries(value).map(([name, inner]) => {
      if (Object.hasOwn(fields, name)) return fits(fields[name] as Shape, inner, context);
      if (rest === "open") return context.undeclared?.includes(name) ?? true;
      return rest === "closed" ? false : fits(rest, inner, context);
    }),
  );
}

/** zod tries a key as a number, too. */
function fitsEntry(
  shape: Shape & { readonly is: "record" },
  [key, inner]: readonly [string, unknown],
  context: Context,
): Verdict {
  const known = isDeepStrictEqual(shape.keys, { is: "text" }) || fits(shape.keys, key, context);
  if (known === true) return fits(shape.values, inner, context);
  if (shape.loose) return fits(shape.values, inner, context) === true ? true : undefined;
  return Number.isNaN(Number(key)) || key === "" ? known : undefined;
}
