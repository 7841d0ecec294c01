import type * as z from "zod";
import { alternativesOf, defOf } from "../zod-def.ts";

export const typeOf = (schema: z.ZodType): string => defOf(schema).type;

/** Names of the fields that a schema declares. */
export const fieldNames = (schema: z.ZodType): readonly string[] => [
  ...new Set(alternativesOf(schema).flatMap((one) => Object.keys(defOf(one).shape ?? {}))),
];

/** @returns the schemas of a field; none when no object of the schema has it */
export const fieldsOf = (schema: z.ZodType, name: string): readonly z.ZodType[] =>
  alternativesOf(schema).flatMap((one) => {
    const { type, shape, valueType, keyType } = defOf(one);
    if (type === "any" || type === "unknown") return [one];
    if (type === "record") return valueType && keyType?.safeParse(name).success !== false ? [valueType] : [];
    return shape && Object.hasOwn(shape, name) ? [shape[name] as z.ZodType] : [];
  });

/** The schemas of a field's values: of a list, those of its items. */
export const valuesOf = (schema: z.ZodType): readonly z.ZodType[] =>
  alternativesOf(schema).flatMap((one) => {
    const { type, element } = defOf(one);
    return type === "array" && element ? alternativesOf(element) : [one];
  });

/**
 * What a handler may find at a path where the payload that came has nothing: a default, or `undefined`. Empty when each valid payload has
 * a value there.
 */
export function valuesIfAbsent(schema: z.ZodType, [name, ...path]: readonly string[]): readonly unknown[] {
  if (name === undefined) return [];
  const fields = alternativesOf(schema).map((one) => fieldsOf(one, name));
  return fields.flatMap((found) => (found.length === 0 ? [undefined] : found.flatMap((field) => fieldIfAbsent(field, path))));
}

function fieldIfAbsent(field: z.ZodType, path: readonly string[]): readonly unknown[] {
  const whole = field.safeParse(undefined);
  return [...(whole.success ? [valueAt(whole.data, path)] : []), ...valuesIfAbsent(field, path)];
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, name) => (typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined),
    value,
  );
