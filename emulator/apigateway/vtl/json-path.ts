import type { VtlValue } from "./values.ts";
import { VtlError } from "./vtl-error.ts";

type Part = { readonly key: string } | { readonly at: number } | "*";

/**
 * The part of JSONPath that mapping templates need: `$`, `.name`, `['name']`, `[0]`, `[-1]`, `[*]` and `.*`.
 * @throws VtlError for the rest (filters, slices, unions, `..`)
 */
export function jsonPath(value: VtlValue, path: string): VtlValue {
  const parts = parse(path);
  let found: VtlValue[] = [value];
  for (const part of parts) found = found.flatMap((inner) => step(inner, part));
  return parts.includes("*") ? found : found[0];
}

function step(value: VtlValue, part: Part): VtlValue[] {
  if (part === "*") return Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : [];
  if ("at" in part) return Array.isArray(value) && value.at(part.at) !== undefined ? [value.at(part.at)] : [];
  return value instanceof Map && value.has(part.key) ? [value.get(part.key)] : [];
}

function parse(path: string): Part[] {
  const parts: Part[] = [];
  const one = /\.(\*|[\p{L}\p{N}_$-]+)|\[\s*(?:(\*)|(-?\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/uy;
  one.lastIndex = 1;
  if (!path.startsWith("$")) throw unknown(path, "does not start with $");
  while (one.lastIndex < path.length) {
    const from = one.lastIndex;
    const match = one.exec(path);
    if (!match) throw unknown(path, `has "${path.slice(from)}"`);
    const [, name, star, at, single, double] = match;
    if (name === "*" || star) parts.push("*");
    else if (at !== undefined) parts.push({ at: Number(at) });
    else parts.push({ key: name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1") });
  }
  return parts;
}

const unknown = (path: string, what: string) =>
  new VtlError(`the JSONPath "${path}" ${what}. Only $, .name, ['name'], [index], [*] and .* are supported here.`);
