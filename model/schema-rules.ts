import type * as z from "zod";

export type ZodSchema = z.core.$ZodTypes;

/** A rule that the hub does not take, and what to write instead. */
export interface Refusal {
  /** Such as "a refinement (.refine)". */
  readonly rule: string;
  /** @default REMEDY */
  readonly remedy?: string;
}

/** What to do about a rule that the hub does not take, where no other remedy is known. */
export const REMEDY = "Use only rules that JSON Schema can express, and check the rest in the handler";

/** A schema that the hub does not take. The message is the fact. */
export class SchemaError extends TypeError {
  override readonly name = "SchemaError";
  readonly remedy: string;

  constructor(field: string, { rule, remedy = REMEDY }: Refusal) {
    super(`${field || "the schema"} has ${rule}`);
    this.remedy = remedy;
  }
}

/**
 * Kinds of zod schemas that the hub takes: JSON holds their values, and what they return is what they accept. The second is a condition
 * since an event is validated when it is published and again by each step that receives it.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...["string", "template_literal", "number", "boolean", "null", "enum", "literal", "any", "unknown", "never"],
  ...["object", "record", "array", "tuple", "union", "intersection"],
  ...["optional", "nonoptional", "nullable", "default", "prefault", "readonly", "lazy"],
]);

const IN_HANDLER = "Declare the type that JSON holds, and convert it in the handler";
/** Reasons, by kind; others are values that JSON does not have. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  pipe: { rule: "a conversion (.transform, .pipe, z.codec, z.stringbool, z.preprocess)", remedy: IN_HANDLER },
  transform: { rule: "a conversion (.transform)", remedy: IN_HANDLER },
  catch: { rule: "a fallback for wrong values (.catch)", remedy: "Leave it out: a wrong value is refused and reported" },
  promise: { rule: "a promise (z.promise)", remedy: "Declare the schema of the value itself" },
  success: { rule: "a conversion (z.success)", remedy: IN_HANDLER },
  date: { rule: "a Date (z.date), which JSON does not hold", remedy: "Declare text, such as z.iso.datetime()" },
  bigint: {
    rule: "a bigint (z.bigint), which JSON does not hold",
    remedy: "Declare int64(), which is text of digits",
  },
  file: { rule: "a file (z.file), which JSON does not hold", remedy: "Declare text, such as z.base64(), or the file's URL" },
  custom: { rule: "a check in code (z.custom, z.instanceof)" },
  undefined: { rule: "undefined (z.undefined), which JSON does not hold", remedy: "Declare the field with .optional()" },
};

/** Kinds of checks that only validate, by rules that are data. */
const CHECKS: ReadonlySet<string> = new Set([
  ...["min_length", "max_length", "length_equals", "less_than", "greater_than"],
  ...["multiple_of", "number_format", "string_format", "describe", "meta"],
]);

/** Metadata of a field that holds personal data: logs, views of dead letters and traces mask its value. */
export const PERSONAL = "personal";

/** Metadata that would be a rule of the JSON Schema, and none of zod's. */
const RULES_IN_METADATA =
  /^(type|enum|const|required|(min|max|exclusive)[A-Z]\w*|minimum|maximum|multipleOf|pattern|format|items|.*Items|.*[pP]roperties|propertyNames|(all|any|one)Of|not|\$ref|\$defs|definitions|default)$/;

interface Def {
  readonly type: string;
  readonly coerce?: boolean;
  readonly inclusive?: boolean;
  readonly discriminator?: string;
  readonly normalize?: boolean;
  readonly checks?: readonly z.core.$ZodCheck[];
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly keyType?: z.ZodType;
}

/** @returns why the hub does not take this schema, its parts left aside; `undefined` when it does */
export function refusalOf(schema: ZodSchema): Refusal | undefined {
  const def = schema._zod.def as unknown as Def;
  if (!TAKEN.has(def.type))
    return REFUSED[def.type] ?? { rule: `a value that JSON does not hold (z.${def.type})`, remedy: IN_HANDLER };
  // A default may make another alternative match, so that what was valid once is refused when it is published.
  if (def.inclusive === false && def.discriminator === undefined)
    return { rule: "an exclusive union (z.xor)", remedy: "Use z.union, or z.discriminatedUnion" };
  if (def.coerce) return { rule: "a coercion (z.coerce)", remedy: IN_HANDLER };
  return refusedCheck(def) ?? refusedDefault(def) ?? refusedLiteral(def) ?? refusedName(def) ?? refusedMetadata(schema);
}

function refusedCheck({ checks = [], normalize }: Def): Refusal | undefined {
  const kinds = checks.map((check) => check._zod.def.check);
  if (kinds.includes("custom")) return { rule: "a refinement (.refine)", remedy: "Check it in the handler" };
  if (kinds.includes("overwrite") || normalize)
    return { rule: "a change of the value (.trim, .toLowerCase, …)", remedy: "Change the value in the handler" };
  const other = kinds.find((kind) => !CHECKS.has(kind));
  return other === undefined ? undefined : { rule: `a check of the kind ${other}`, remedy: "Check it in the handler" };
}

function refusedDefault(def: Def): Refusal | undefined {
  const { type, innerType } = def;
  if ((type !== "default" && type !== "prefault") || innerType === undefined) return undefined;
  // A function's result is read anew each time.
  const [text, again] = [JSON.stringify(def.defaultValue), JSON.stringify(def.defaultValue)];
  if (text !== again)
    return { rule: "a default that differs each time", remedy: "Give a constant, or set the field in the handler" };
  if (text === undefined || !innerType.safeParse(JSON.parse(text)).success)
    return { rule: "a default that its own schema refuses once it is JSON", remedy: "Give a default that matches" };
  return undefined;
}

/** JSON has no NaN and no Infinity. */
const refusedLiteral = ({ values, entries }: Def): Refusal | undefined =>
  [...(values ?? []), ...Object.values(entries ?? {})].some((value) => typeof value === "number" && !Number.isFinite(value))
    ? { rule: "a number that JSON does not hold", remedy: "Give finite numbers" }
    : undefined;

/** zod finds the value of every object, such as its function `toString`, where the field is absent; it passes over `__proto__`. */
function refusedName({ shape = {}, keyType }: Def): Refusal | undefined {
  const name = [...Object.keys(shape), ...(keyType?._zod.values ?? [])].find((key) => String(key) in Object.prototype);
  if (name === undefined) return undefined;
  return {
    rule: `a field "${String(name)}", a name that every object of JavaScript has`,
    remedy: "Give it another name, or declare the object as z.record(z.string(), …) and read it in the handler",
  };
}

function refusedMetadata(schema: ZodSchema): Refusal | undefined {
  const metadata = (schema as { meta?: () => object | undefined }).meta?.() ?? {};
  if (PERSONAL in metadata && typeof metadata[PERSONAL] !== "boolean")
    return { rule: `metadata "${PERSONAL}" that is neither true nor false`, remedy: `Write .meta({ ${PERSONAL}: true })` };
  const rule = Object.keys(metadata).find((name) => RULES_IN_METADATA.test(name));
  if (rule === undefined) return undefined;
  return {
    rule: `metadata with the rule "${rule}", which zod does not check`,
    remedy: "Write it as a rule of zod, or rename it",
  };
}

/**
 * @param path of a JSON Schema, as zod gives it
 * @returns the field as people write it, such as `lines[].sku`; `""` for the schema itself
 */
export function fieldAt(path: readonly PropertyKey[]): string {
  let field = "";
  for (let i = 0; i < path.length; i++) {
    const part = path[i];
    if (part === "properties") field += `${field === "" ? "" : "."}${String(path[++i])}`;
    else if (part === "items" || part === "prefixItems") field += "[]";
    else if (part === "additionalProperties" || part === "patternProperties") field += `${field === "" ? "" : "."}*`;
    else if (part === "propertyNames") field += `${field === "" ? "" : "."}* (its key)`;
  }
  return field;
}
