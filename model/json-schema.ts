import * as z from "zod";
import { fieldAt, refusalOf, SchemaError, type ZodSchema } from "./schema-rules.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;
/** `draft-04` for API Gateway's models, `draft-2020-12` everywhere else. */
export type Dialect = "draft-04" | "draft-2020-12";

/** A schema of the output and the zod schema that it was made of. */
interface Made {
  readonly zodSchema: ZodSchema;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
  readonly path: readonly PropertyKey[];
}

/**
 * Writes a zod schema as JSON Schema, for people and for API Gateway. It accepts what zod accepts, and more where JSON Schema can't
 * express a rule, such as a pattern with flags; the functions validate with zod itself (docs/decisions/026-validation.md).
 * @returns the schema of accepted input: a property with a default is optional, unknown properties are allowed. Draft-04 has no metadata.
 * @throws SchemaError that names the first field with a rule that the hub does not take
 */
export function jsonSchema(schema: z.ZodType, dialect: Dialect = "draft-2020-12"): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    target: dialect,
    // API Gateway's model must not have another rule than zod has; an id would make a model of its own.
    ...(dialect === "draft-04" && { metadata: z.registry() }),
    unrepresentable: ({ zodSchema, path, message }) => {
      throw new SchemaError(fieldAt(path), refusalOf(zodSchema) ?? { rule: `a value that JSON can't hold (${message})` });
    },
    override: ({ zodSchema, jsonSchema: made, path }) => {
      const refusal = refusalOf(zodSchema);
      if (refusal) throw new SchemaError(fieldAt(path), refusal);
      weaken({ zodSchema, jsonSchema: made, path }, dialect);
    },
  });
}

/** Takes out what means another thing in JSON Schema than in zod. */
function weaken({ zodSchema, jsonSchema: made }: Made, dialect: Dialect): void {
  const def = zodSchema._zod.def as Definition;
  const rules = [def, ...(def.checks ?? []).map((check) => check._zod.def as Definition)];
  if (rules.some(({ format = "", pattern }) => BY_CODE.has(format) || (pattern && !isPortable(pattern, dialect)))) {
    delete made.pattern;
    delete made.allOf;
  }
  if (def.type === "record") {
    // A loose record lets other keys through; a key of z.any() may be absent.
    if (def.mode === "loose") delete made.additionalProperties;
    if (def.valueType?.safeParse(undefined).success) delete made.required;
    if (dialect === "draft-04") nameKeys(made, def);
  }
}

/** Draft-04 has no `propertyNames`, but it can list the keys where they are known. */
function nameKeys(made: Made["jsonSchema"], { keyType }: Definition): void {
  const { additionalProperties: value } = made;
  const keys = keyType?._zod.values;
  if (keys === undefined || typeof value !== "object") return;
  made.properties = Object.fromEntries([...keys].map((key) => [String(key), value]));
  made.additionalProperties = false;
}

/** Formats that zod checks by code, with a wider result than the pattern that it writes: `::ffff:10.0.0.1` is an address of IPv6. */
const BY_CODE: ReadonlySet<string> = new Set(["ipv6", "cidrv6"]);

/** Of a schema or of a check. */
interface Definition {
  readonly format?: string;
  readonly type?: string;
  readonly mode?: string;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly checks?: readonly z.core.$ZodCheck[];
  readonly pattern?: RegExp;
}

/**
 * True when JSON Schema's `pattern`, which has no flags, means the same. In 2020-12 it is read with the flag `u`. API Gateway's validator
 * reads ECMA 262 of edition 5: no look-behind, no named groups, no modifiers.
 */
function isPortable({ source, flags }: RegExp, dialect: Dialect): boolean {
  if (/[imsuvy]/.test(flags) || /\(\?(?![:=!])/.test(source)) return false;
  if (dialect === "draft-04") return true;
  try {
    return new RegExp(source, "u").source === source;
  } catch {
    return false;
  }
}

/** @returns the JSON type of a schema's required top-level field; `undefined` when the field may be absent or has several types */
export function fieldType(schema: z.ZodType, field: string): unknown {
  try {
    const { properties = {}, required = [] } = jsonSchema(schema) as {
      readonly properties?: Readonly<Record<string, JsonSchema>>;
      readonly required?: readonly string[];
    };
    return required.includes(field) || properties[field]?.default !== undefined ? properties[field]?.type : undefined;
  } catch {
    return undefined; // checkEvents reports the schema
  }
}

/** @returns JSON Schema's type of each field of an object; for an enum, the type of its values */
export function queryTypesOf(request: z.ZodObject): Readonly<Record<string, unknown>> {
  const { properties = {} } = jsonSchema(request) as {
    readonly properties?: Readonly<Record<string, { readonly type?: unknown; readonly const?: unknown }>>;
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type, const: constant }]) => [name, type ?? typeof constant]),
  );
}
