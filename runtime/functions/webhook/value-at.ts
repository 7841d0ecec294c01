import type { Place } from "../../../model/signature.ts";
import type { Call } from "./call.ts";

/**
 * @param data the parsed body
 * @returns the text or number at a place of the call; `undefined` when it is absent, empty, something else, or a header that occurs twice
 */
export function valueAt(place: Place, call: Pick<Call, "headers">, data: unknown): string | undefined {
  const name = place.slice(place.indexOf(":") + 1);
  if (place.startsWith("header:")) {
    const [value, ...others] = call.headers(name);
    return others.length === 0 && value !== "" ? value : undefined;
  }
  const value = fieldAt(name, data);
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
}

/**
 * @param path names of fields, separated by dots; `*` is each item of a list
 * @returns the values at all places of the path; `undefined` for one that is missing, and for a list that is empty or none
 */
export function fieldsAt([first, ...rest]: readonly string[], data: unknown): readonly unknown[] {
  if (first === undefined) return [data];
  if (first !== "*") return fieldsAt(rest, fieldAt(first, data));
  return Array.isArray(data) && data.length > 0 ? data.flatMap((item) => fieldsAt(rest, item)) : [undefined];
}

/** @param path names of fields, separated by dots */
export function fieldAt(path: string, data: unknown): unknown {
  let value: unknown = data;
  for (const key of path.split("."))
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  return value;
}
