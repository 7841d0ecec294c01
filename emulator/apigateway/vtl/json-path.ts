import type { VtlValue } from "./values.ts";
import { VtlError } from "./vtl-error.ts";

type Part = { readonly key: string } | { readonly at: number } | "*";

/**
 * Evaluates a JSONPath with `$`, `.name`, `['name']`, `[0]`, `[-1]`, `[*]` and `.*`.
 * @returns a list for a path with a wildcard; otherwise the value, or undefined when absent
 * @throws VtlError for other syntax (filters, slices, unions, `..`)
 */
export function jsonPath(value: VtlValue, path: string): VtlValue {
  const parts = parse(path);
  let found: VtlValue[] = [value];
  for (const part of parts) found = found.flatMap((inner) => applyPart(inner, part));
  return parts.includes("*") ? found : found[0];
}

function applyPart(value: VtlValue, part: Part): VtlValue[] {
  if (part === "*") return Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : [];
  if ("at" in part) return Array.isArray(value) && value.at(part.at) !== undefined ? [value.at(part.at)] : [];
  return value instanceof Map && value.has(part.key) ? [value.get(part.key)] : [];
}

function parse(path: string): Part[] {
  const parts: Part[] = [];
  const step = /\.(\*|[\p{L}\p{N}_$-]+)|\[\s*(?:(\*)|(-?\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/uy;
  step.lastIndex = 1;
  if (!path.startsWith("$")) throw unsupported(path, "does not start with $");
  while (step.lastIndex < path.length) {
    const from = step.lastIndex;
    const match = step.exec(path);
    if (!match) throw unsupported(path, `has "${path.slice(from)}"`);
    const [, name, star, at, single, double] = match;
    if (name === "*" || star) parts.push("*");
    else if (at !== undefined) parts.push({ at: Number(at) });
    else parts.push({ key: name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1") });
  }
  return parts;
}

const unsupported = (path: string, problem: string) =>
  new VtlError(`the JSONPath "${path}" ${problem}. Only $, .name, ['name'], [index], [*] and .* are simulated.`);
