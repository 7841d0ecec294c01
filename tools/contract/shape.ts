import type { z } from "zod";
import { util } from "zod/v4/core";
import { ruleOf, type TextRule } from "./text-rules.ts";

/**
 * What a schema accepts, as plain data. JSON Schema can't say it exactly (docs/decisions/026-validation.md), and the gate has to: a shape
 * holds each rule that zod checks.
 */
export type Shape =
  | { readonly is: "any" | "never" }
  | TextShape
  | NumberShape
  | { readonly is: "values"; readonly of: readonly unknown[] }
  | ObjectShape
  /** `loose`: keys that `keys` refuses pass. */
  | { readonly is: "record"; readonly keys: Shape; readonly values: Shape; readonly loose?: true }
  | ListShape
  | { readonly is: "tuple"; readonly items: readonly Shape[]; readonly required: number; readonly rest?: Shape }
  | { readonly is: "union"; readonly of: readonly Shape[] }
  | { readonly is: "intersection"; readonly of: readonly [Shape, Shape] }
  | { readonly is: "ref"; readonly to: string }
  /** `of`, narrowed by rules that the gate can only compare for equality. */
  | { readonly is: "opaque"; readonly of: Shape; readonly rules: readonly TextRule[] };
export interface TextShape {
  readonly is: "text";
  /** Code points, as zod counts them. */
  readonly min?: number;
  readonly max?: number;
  readonly rules?: readonly TextRule[];
}
export interface NumberShape {
  readonly is: "number";
  readonly int?: true;
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly multipleOf?: readonly number[];
}
interface ListShape {
  readonly is: "list";
  readonly of: Shape;
  readonly min?: number;
  readonly max?: number;
}
export interface ObjectShape {
  readonly is: "object";
  readonly fields: Readonly<Record<string, Shape>>;
  /** Fields that may be absent, those with a default included. */
  readonly optional?: readonly string[];
  /** Undeclared fields: `open` ignores them, `closed` refuses them, a shape validates them. */
  readonly rest: "open" | "closed" | Shape;
}

/** A shape with its recursive parts, by the names that `ref` has. */
export interface Schema {
  readonly shape: Shape;
  readonly parts?: Readonly<Record<string, Shape>>;
}

interface Def {
  readonly type: string;
  readonly check?: string;
  readonly format?: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly length?: number;
  readonly checks?: readonly z.core.$ZodCheck[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly mode?: string;
  readonly partial?: boolean;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

/** @returns what the schema accepts as input */
export function schemaOf(schema: z.ZodType): Schema {
  const open = new Map<z.ZodType, { name?: string }>();
  const parts: Record<string, Shape> = {};
  let recursive = 0;
  const convert = (inner: z.ZodType): Shape => {
    const known = open.get(inner);
    if (known) {
      known.name ??= `part${++recursive}`;
      return { is: "ref", to: known.name };
    }
    const entry: { name?: string } = {};
    open.set(inner, entry);
    const shape = narrowed(inner, convert);
    open.delete(inner);
    if (entry.name === undefined) return shape;
    parts[entry.name] = shape;
    return { is: "ref", to: entry.name };
  };
  const shape = convert(schema);
  return recursive > 0 ? { shape, parts } : { shape };
}

type Convert = (schema: z.ZodType) => Shape;
const defOf = (schema: z.ZodType) => schema._zod.def as unknown as Def;

/** Checks that the shape of each type holds; it ignores `describe` and `meta`. */
const HELD: Readonly<Record<string, readonly string[]>> = {
  string: ["min_length", "max_length", "length_equals", "string_format"],
  number: ["less_than", "greater_than", "multiple_of", "number_format"],
  array: ["min_length", "max_length", "length_equals"],
};

function narrowed(schema: z.ZodType, convert: Convert): Shape {
  const def = defOf(schema);
  const shape = shapeOf(schema, convert);
  const held = ["describe", "meta", ...(HELD[def.type] ?? [])];
  const others = (def.checks ?? []).filter(({ _zod }) => !held.includes(_zod.def.check));
  return others.length > 0 ? { is: "opaque", of: shape, rules: others.map(({ _zod }) => ruleOf(_zod.def)) } : shape;
}

function shapeOf(schema: z.ZodType, convert: Convert): Shape {
  const def = defOf(schema);
  switch (def.type) {
    case "any":
    case "unknown":
      return { is: "any" };
    case "never":
      return { is: "never" };
    case "string":
      return textOf(schema);
    case "template_literal":
      return { is: "text", rules: [ruleOf({ format: "template_literal", pattern: schema._zod.pattern })] };
    case "number":
      return numberOf(schema);
    case "boolean":
      return { is: "values", of: [true, false] };
    case "null":
      return { is: "values", of: [null] };
    case "literal":
    case "enum":
      return { is: "values", of: [...(schema._zod.values ?? [])] };
    case "object":
      return objectOf(def, convert);
    case "record":
      return recordOf(def, convert);
    case "array":
      return { is: "list", of: convert(def.element as z.ZodType), ...lengthOf(schema) };
    case "tuple":
      return tupleOf(def, convert);
    case "union":
      return { is: "union", of: (def.options ?? []).map(convert) };
    case "intersection":
      return { is: "intersection", of: [convert(def.left as z.ZodType), convert(def.right as z.ZodType)] };
    case "nullable":
      return { is: "union", of: [convert(def.innerType as z.ZodType), { is: "values", of: [null] }] };
    case "optional":
    case "nonoptional":
    case "default":
    case "prefault":
    case "readonly":
      return convert(def.innerType as z.ZodType);
    case "lazy":
      return convert((def.getter as () => z.ZodType)());
    default:
      return { is: "opaque", of: { is: "any" }, rules: [ruleOf({ format: `z.${def.type}` })] };
  }
}

const rulesOf = (schema: z.ZodType): readonly Def[] => {
  const def = defOf(schema);
  return [def, ...(def.checks ?? []).map(({ _zod }) => _zod.def as Def)];
};
const least = (bounds: readonly number[], name: string) => (bounds.length > 0 ? { [name]: Math.max(...bounds) } : {});
const most = (bounds: readonly number[], name: string) => (bounds.length > 0 ? { [name]: Math.min(...bounds) } : {});

function lengthOf(schema: z.ZodType) {
  const rules = rulesOf(schema);
  const bound = (check: string, value: (rule: Def) => number | undefined) =>
    rules.flatMap((rule) => (rule.check === check || rule.check === "length_equals" ? [rule.length ?? value(rule) ?? 0] : []));
  return {
    ...least(
      bound("min_length", ({ minimum }) => minimum),
      "min",
    ),
    ...most(
      bound("max_length", ({ maximum }) => maximum),
      "max",
    ),
  };
}

function textOf(schema: z.ZodType): Shape {
  const formats = rulesOf(schema).filter(({ check }) => check === "string_format");
  return { is: "text", ...lengthOf(schema), ...(formats.length > 0 && { rules: formats.map(ruleOf) }) };
}

function numberOf(schema: z.ZodType): Shape {
  const rules = rulesOf(schema);
  const formats = rules.flatMap(({ check, format }) => (check === "number_format" && format !== undefined ? [format] : []));
  const ranges = formats.map((format) => util.NUMBER_FORMAT_RANGES[format as keyof typeof util.NUMBER_FORMAT_RANGES]);
  const bounds = (check: string, inclusive: boolean) =>
    rules.flatMap((rule) =>
      rule.check === check && rule.inclusive === inclusive && rule.value !== undefined ? [rule.value] : [],
    );
  const multipleOf = rules.flatMap(({ check, value }) => (check === "multiple_of" && value !== undefined ? [value] : []));
  return {
    is: "number",
    ...(formats.some((format) => format.includes("int")) && { int: true }),
    ...least([...ranges.map(([from]) => from), ...bounds("greater_than", true)], "min"),
    ...most([...ranges.map(([, to]) => to), ...bounds("less_than", true)], "max"),
    ...least(bounds("greater_than", false), "above"),
    ...most(bounds("less_than", false), "below"),
    ...(multipleOf.length > 0 && { multipleOf }),
  };
}

function objectOf({ shape = {}, catchall }: Def, convert: Convert): Shape {
  const rest = catchall === undefined ? "open" : defOf(catchall).type === "never" ? "closed" : convert(catchall);
  const entries = Object.entries(shape);
  const optional = entries.flatMap(([name, field]) => (field._zod.optin === undefined ? [] : [name]));
  return {
    is: "object",
    fields: Object.fromEntries(entries.map(([name, field]) => [name, convert(field)])),
    ...(optional.length > 0 && { optional }),
    rest,
  };
}

/** A record whose keys are listed is an object: each key has to be there, unless the record is partial or its value may be absent. */
function recordOf({ keyType, valueType, mode, partial }: Def, convert: Convert): Shape {
  const [keySchema, valueSchema] = [keyType as z.ZodType, valueType as z.ZodType];
  const loose = mode === "loose";
  const values = convert(valueSchema);
  const record: Shape = { is: "record", keys: convert(keySchema), values, ...(loose && { loose }) };
  if (keySchema._zod.values === undefined) return record;
  const names = [...keySchema._zod.values].filter((key) => typeof key === "string");
  // zod holds the key's text against the number.
  if (names.length < keySchema._zod.values.size)
    return { is: "opaque", of: record, rules: [ruleOf({ format: "numbers as keys" })] };
  const optional = partial || valueSchema.safeParse(undefined).success ? names : [];
  return {
    is: "object",
    fields: Object.fromEntries(names.map((name) => [name, values])),
    ...(optional.length > 0 && { optional }),
    rest: loose ? { is: "any" } : "closed",
  };
}

function tupleOf({ items = [], rest }: Def, convert: Convert): Shape {
  const last = items.findLastIndex((item) => item._zod.optin === undefined);
  return { is: "tuple", items: items.map(convert), required: last + 1, ...(rest && { rest: convert(rest) }) };
}
