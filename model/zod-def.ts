import type * as z from "zod";

/** The parts of a zod definition that lead to other schemas, with what the model reads beside them. */
export interface ZodDef {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly pattern?: RegExp } } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly defaultValue?: unknown;
}

export const defOf = (schema: z.ZodType) => schema._zod.def as unknown as ZodDef;

/** Levels of wrappers and unions that are followed: a schema may contain itself. */
const DEEPEST = 32;

/** The schemas that may apply to a value itself: those within `optional()` and the like, of a union, of an intersection. */
export function alternativesOf(schema: z.ZodType, depth = 0): readonly z.ZodType[] {
  const { innerType, options = [], left, right, getter } = defOf(schema);
  const inner = [innerType, ...options, left, right, getter?.()].filter((one) => one !== undefined);
  return inner.length === 0 || depth > DEEPEST ? [schema] : inner.flatMap((one) => alternativesOf(one, depth + 1));
}
