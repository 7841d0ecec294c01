import type * as z from "zod";

/** The parts of a zod definition that a filter reads. */
interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly defaultValue?: unknown;
}
const defOf = (schema: z.ZodType) => schema._zod.def as unknown as Def;

/** Levels of wrappers and unions that are followed: a schema may contain itself. */
const DEEPEST = 32;

/** The schemas that may apply to a value itself: those within `optional()` and the like, of a union, of an intersection. */
export function within(schema: z.ZodType, depth = 0): readonly z.ZodType[] {
  const { innerType, options = [], left, right, getter } = defOf(schema);
  const inner = [innerType, ...options, left, right, getter?.()].filter((one) => one !== undefined);
  return inner.length === 0 || depth > DEEPEST ? [schema] : inner.flatMap((one) => within(one, depth + 1));
}

export const typeOf = (schema: z.ZodType): string => defOf(schema).type;

/** Names of the fields that a schema declares. */
export const fieldNames = (schema: z.ZodType): readonly string[] => [
  ...new Set(within(schema).flatMap((one) => Object.keys(defOf(one).shape ?? {}))),
];

/** @returns the schemas of a field; none when no object of the schema has it */
export const fieldsOf = (schema: z.ZodType, name: string): readonly z.ZodType[] =>
  within(schema).flatMap((one) => {
    const { type, shape, valueType, keyType } = defOf(one);
    if (type === "any" || type === "unknown") return [one];
    if (type === "record") return valueType && keyType?.safeParse(name).success !== false ? [valueType] : [];
    return shape && Object.hasOwn(shape, name) ? [shape[name] as z.ZodType] : [];
  });

/** The schemas of a field's values: of a list, those of its items. */
export const valuesOf = (schema: z.ZodType): readonly z.ZodType[] =>
  within(schema).flatMap((one) => {
    const { type, element } = defOf(one);
    return type === "array" && element ? within(element) : [one];
  });

/**
 * What a handler may find at a path where the payload that came has nothing: a default, or `undefined`. Empty when each valid payload has
 * a value there.
 */
export function valuesIfAbsent(schema: z.ZodType, [name, ...path]: readonly string[]): readonly unknown[] {
  if (name === undefined) return [];
  const fields = within(schema).map((one) => fieldsOf(one, name));
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
