import { type BusinessKey, MOST_KEYS_OF_REQUEST } from "../model/business-key.ts";
import { hashOf } from "./ids.ts";

/** Longest value that is kept as it is. */
const LONGEST = 128;
const HASHED = "sha256:";

/** @returns what is kept of a value that no one shall read in the table, or that is long */
const hashedKey = (value: string): string => HASHED + hashOf([value]);

export const isHashed = (value: string): boolean => value.startsWith(HASHED);

/** @returns what a value is looked for by: as it is, and as what is kept of a personal one */
export const keptForms = (value: string): readonly string[] =>
  value.length > LONGEST || isHashed(value) ? [hashedKey(value)] : [value, hashedKey(value)];

/**
 * @param fields business keys of an event
 * @returns their values in its payload; none of a field that is absent, empty, or neither a text nor a number
 */
export function keysIn(
  fields: readonly { readonly field: string; readonly personal: boolean }[],
  data: unknown,
): readonly BusinessKey[] {
  if (typeof data !== "object" || data === null) return [];
  return fields.flatMap(({ field, personal }) => {
    const found = Object.hasOwn(data, field) ? (data as Readonly<Record<string, unknown>>)[field] : undefined;
    if ((typeof found !== "string" && typeof found !== "number") || found === "") return [];
    const value = String(found);
    return [{ name: field, value: personal || value.length > LONGEST || isHashed(value) ? hashedKey(value) : value }];
  });
}

/** @returns the first values, each once */
export const firstKeys = (keys: readonly BusinessKey[]): readonly BusinessKey[] =>
  keys.length < 2
    ? keys
    : [...new Map(keys.map((key) => [`${key.name} ${key.value}`, key])).values()].slice(0, MOST_KEYS_OF_REQUEST);
