import * as z from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;
/** `draft-04` for API Gateway's models, `draft-2020-12` everywhere else. */
export type Dialect = "draft-04" | "draft-2020-12";

/**
 * @returns the schema of accepted input: a property with a default is optional, unknown properties are allowed.
 * @throws TypeError when the schema has a rule that JSON Schema can't express (transform, refinement, coercion): the hub validates with
 *   JSON Schema only and would silently ignore that rule.
 */
export function jsonSchema(schema: z.ZodType, dialect: Dialect = "draft-2020-12"): JsonSchema {
  const refuse = ({ zodSchema, path }: { zodSchema: z.core.$ZodTypes; path: (string | number)[] }) => {
    const offence = inexpressible(zodSchema);
    if (offence) throw new TypeError(`${path.filter((part) => part !== "properties").join(".") || "the schema"} has ${offence}`);
  };
  z.toJSONSchema(schema, { io: "output", override: refuse });
  return z.toJSONSchema(schema, { io: "input", target: dialect, override: refuse });
}

function inexpressible(schema: z.core.$ZodTypes): string | undefined {
  const def = schema._zod.def as { readonly coerce?: boolean; readonly checks?: readonly z.core.$ZodCheck[] };
  if (def.coerce) return "a coercion (z.coerce)";
  const checks = (def.checks ?? []).map((check) => check._zod.def.check);
  if (checks.includes("custom")) return "a refinement (.refine)";
  if (checks.includes("overwrite")) return "a change of the value (.trim, .toLowerCase, …)";
  return undefined;
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
