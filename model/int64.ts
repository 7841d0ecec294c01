import * as z from "zod";

/** At most 19 digits, which holds each signed 64-bit integer; no leading zeros. */
const INT64 = /^(0|-?[1-9]\d{0,18})$/;

/**
 * Schema of an integer that may exceed 2^53, such as an id of Shopify, Discord or a database: text of digits in events and API bodies, as
 * protobuf's JSON mapping has it (https://protobuf.dev/programming-guides/json/). A webhook's body may hold it as a number: its
 * digits become the text.
 * @example event("OrderPaid", z.object({ id: int64() })); // data.id is "820982911946154508"
 */
export const int64 = () => z.string().regex(INT64, "is not an integer of at most 19 digits");

/**
 * Replaces numbers by text of their digits wherever the schema says int64(), in place.
 * @param value plain data, whose numbers beyond 2^53 are text already
 * @returns the value
 */
export function withInt64(schema: z.ZodType, value: unknown): unknown {
  return convert(schema._zod.def as unknown as Def, value);
}

/** The parts of a zod definition that lead to other schemas. */
interface Def {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly pattern?: RegExp } } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

const defOf = (schema: z.ZodType) => schema._zod.def as unknown as Def;

function convert(def: Def, value: unknown): unknown {
  // Beyond 10^21 String() writes an exponent.
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e21 && unwrapped(def).some(isInt64) ? String(value) : value;
  if (typeof value !== "object" || value === null) return value;
  const container = value as Record<string, unknown>;
  for (const inner of unwrapped(def))
    for (const key of Object.keys(container)) {
      const schema = schemaAt(inner, key);
      if (schema) container[key] = convert(defOf(schema), container[key]);
    }
  return value;
}

const isInt64 = ({ checks = [] }: Def) => checks.some(({ _zod }) => _zod.def.pattern === INT64);

/** The schemas that may apply to the value itself: those of a union, an intersection, or within optional() and the like. */
function unwrapped(def: Def): readonly Def[] {
  const { innerType, options = [], left, right, getter } = def;
  const inner = [innerType, ...options, left, right, getter?.()].filter((schema) => schema !== undefined);
  return inner.length === 0 ? [def] : inner.flatMap((schema) => unwrapped(defOf(schema)));
}

/** The schema of one member of an object, a record, a list or a tuple. */
function schemaAt({ type, shape, catchall, element, items = [], rest, valueType }: Def, key: string): z.ZodType | undefined {
  if (type === "object") return shape && Object.hasOwn(shape, key) ? shape[key] : catchall;
  if (type === "tuple") return items[Number(key)] ?? rest ?? undefined;
  return element ?? valueType;
}
