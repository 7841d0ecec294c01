import * as z from "zod";
import { alternativesOf, defOf, type ZodDef } from "./zod-def.ts";

/** At most 19 digits, which holds each signed 64-bit integer; no leading zeros. */
const INT64 = /^(0|-?[1-9]\d{0,18})$/;
/** What samples of a schema hold: no sampler makes text of the pattern. */
const EXAMPLE = "820982911946154508";

/**
 * Schema of an integer that may exceed 2^53, such as an id of Shopify, Discord or a database: text of digits in events and API bodies, as
 * protobuf's JSON mapping has it (https://protobuf.dev/programming-guides/json/). A webhook's body may hold it as a number: its
 * digits become the text.
 * @example event("OrderPaid", z.object({ id: int64() })); // data.id is "820982911946154508"
 */
export const int64 = () =>
  z
    .string()
    .regex(INT64, "is not an integer of at most 19 digits")
    .meta({ examples: [EXAMPLE] });

/**
 * Replaces numbers by text of their digits wherever the schema says int64(), in place.
 * @param value plain data, whose numbers beyond 2^53 are text already
 * @returns the value
 */
export function withInt64(schema: z.ZodType, value: unknown): unknown {
  const alternatives = alternativesOf(schema).map(defOf);
  // Beyond 10^21 String() writes an exponent.
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e21 && alternatives.some(isInt64) ? String(value) : value;
  if (typeof value !== "object" || value === null) return value;
  const container = value as Record<string, unknown>;
  for (const alternative of alternatives)
    for (const key of Object.keys(container)) {
      const member = schemaAt(alternative, key);
      if (member) container[key] = withInt64(member, container[key]);
    }
  return value;
}

const isInt64 = ({ checks = [] }: ZodDef) => checks.some(({ _zod }) => _zod.def.pattern === INT64);

/** The schema of one member of an object, a record, a list or a tuple. */
function schemaAt({ type, shape, catchall, element, items = [], rest, valueType }: ZodDef, key: string): z.ZodType | undefined {
  if (type === "object") return shape && Object.hasOwn(shape, key) ? shape[key] : catchall;
  if (type === "tuple") return items[Number(key)] ?? rest ?? undefined;
  return element ?? valueType;
}
