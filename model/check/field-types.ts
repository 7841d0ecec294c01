import type * as z from "zod";
import { type JsonSchema, jsonSchema } from "../json-schema.ts";

/** JSON types whose values can be keys; a key that may be `null` is left out where it is. */
export const KEY_TYPES: readonly unknown[] = ["string", "integer", "number", "null"];

/** @returns the JSON types of a field at the top of the schema; none where there is no such field, or no JSON Schema */
export function fieldTypes(schema: z.ZodType, field: string): readonly unknown[] {
  try {
    const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, JsonSchema> };
    const found = Object.hasOwn(properties, field) ? properties[field] : undefined;
    if (!found) return [];
    const { type, anyOf, enum: values, const: value } = found;
    if (type !== undefined) return Array.isArray(type) ? type : [type];
    if (Array.isArray(anyOf)) return anyOf.map((part: JsonSchema) => part.type);
    return (Array.isArray(values) ? values : [value]).map((one: unknown) => (one === null ? "null" : typeof one));
  } catch {
    return ["string"]; // checkSchema reports the schema
  }
}
