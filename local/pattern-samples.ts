import { createRequire } from "node:module";
import { sample } from "openapi-sampler";

type Json = Readonly<Record<string, unknown>>;

/** Data, not schemas. */
const DATA = new Set(["const", "enum", "default", "example", "examples"]);
/** Texts to choose from, the shortest first. */
const CANDIDATES = 50;

/**
 * A schema for openapi-sampler, which makes no text of most patterns: each text with a pattern gets an `example`.
 * @returns `unmet`: places whose pattern no text is known for, as JSON pointers with the pattern (lookahead, references to groups)
 */
export function withPatternSamples<Schema extends object>(schema: Schema): { schema: Schema; unmet: readonly string[] } {
  const unmet: string[] = [];
  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}/${i}`));
    if (typeof value !== "object" || value === null) return value;
    const node = value as Json;
    const visited = Object.fromEntries(
      Object.entries(node).map(([key, part]) => [key, DATA.has(key) ? part : visit(part, `${path}/${key}`)]),
    );
    const patterns = patternsOf(node);
    if (patterns.length === 0 || [...DATA].some((key) => key in node)) return visited;
    const example = textOf(node, patterns);
    if (example === undefined) unmet.push(`${path || "/"} (${patterns.join(", ")})`);
    return { ...visited, ...(example !== undefined && { example }) };
  };
  return { schema: visit(schema, "") as Schema, unmet };
}

/** Zod writes several patterns of one text as `allOf`. */
const patternsOf = ({ pattern, allOf }: Json): readonly string[] =>
  [pattern, ...(Array.isArray(allOf) ? (allOf as Json[]).map((part) => part.pattern) : [])].filter(
    (part): part is string => typeof part === "string",
  );

function textOf({ pattern: _, allOf: __, ...node }: Json, patterns: readonly string[]): string | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = node as { minLength?: number; maxLength?: number };
  const expressions = patterns.map((pattern) => new RegExp(pattern, "u"));
  const fits = (text: unknown): text is string =>
    typeof text === "string" &&
    [...text].length >= minLength &&
    [...text].length <= maxLength &&
    expressions.every((expression) => expression.test(text));
  const plain: unknown = sample({ type: "string", ...node }, { quiet: true });
  if (fits(plain)) return plain;
  const made = expressions.flatMap(matching).filter(fits);
  const ranked = made.sort((a, b) => Number(isOdd(a)) - Number(isOdd(b)) || a.length - b.length || (a < b ? -1 : 1));
  return ranked[0];
}

/** Text that would puzzle a reader where a plain one does as well. */
const isOdd = (text: string) => !/^[\w .:/@+-]*$/.test(text) || text === "";

/** @returns none for an expression that fast-check can't read */
function matching(expression: RegExp): readonly string[] {
  // Loaded when it is needed: a hub without patterns starts without it.
  const fc = createRequire(import.meta.url)("fast-check") as typeof import("fast-check");
  try {
    return fc.sample(fc.stringMatching(expression), { seed: 1, numRuns: CANDIDATES });
  } catch {
    return [];
  }
}
