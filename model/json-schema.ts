import * as z from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;
/** `draft-04` for API Gateway's models, `draft-2020-12` for everything else. */
export type Dialect = "draft-04" | "draft-2020-12";

/**
 * @returns the schema of what may be sent: a property with a default is optional, unknown properties are let through.
 * @throws TypeError when zod would do at run time what JSON Schema can't say (transforms, refinements, coercion): the hub
 *   validates with JSON Schema alone, so such a rule would silently not hold.
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

/** @returns the JSON type of a schema's required top-level field; `undefined` when it may be absent, or has no one type. */
export function fieldType(schema: z.ZodType, field: string): unknown {
  try {
    const { properties = {}, required = [] } = jsonSchema(schema) as {
      readonly properties?: Readonly<Record<string, JsonSchema>>;
      readonly required?: readonly string[];
    };
    return required.includes(field) || properties[field]?.default !== undefined ? properties[field]?.type : undefined;
  } catch {
    return undefined; // checkEvents tells what is wrong with the schema
  }
}
