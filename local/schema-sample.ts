import { createRequire } from "node:module";
import { sample } from "openapi-sampler";

type Json = Readonly<Record<string, unknown>>;

/** Data, not schemas. */
const DATA = new Set(["const", "enum", "default", "example", "examples"]);
/** Schemas by their names. */
const MAPS = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);
/** Keywords that restrict a text in other ways than by its length. */
const SPECIAL = ["pattern", "format", "allOf", "contentEncoding", "contentMediaType"];
/** Zod's `z.int()` is from -9007199254740991, which the sampler takes. */
const UNBOUNDED = -1e9;
/** Texts to choose from, the shortest first. */
const CANDIDATES = 50;

/** A value that the schema takes, and that reads like a real one. @param skipNonRequired leaves optional properties out; default false */
export function sampleOf(schema: object, { skipNonRequired = false } = {}): unknown {
  const known = withExamples(schema).schema;
  return sample(known, { skipNonRequired, quiet: true }, known);
}

/**
 * A schema for openapi-sampler, which makes no text of most patterns, and "string" of other texts: each text with a pattern gets an
 * `example` that matches, each other one a text with the name of its property, and each unbounded integer 1.
 * @returns `unmet`: places whose pattern no text is known for, as JSON pointers with the pattern (lookahead, references to groups)
 */
export function withExamples<Schema extends object>(schema: Schema): { schema: Schema; unmet: readonly string[] } {
  const unmet: string[] = [];
  const each = (node: Json, visit: (part: unknown, key: string) => unknown): Json =>
    Object.fromEntries(Object.entries(node).map(([key, part]) => [key, visit(part, key)]));
  const visit = (value: unknown, path: string, name: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}/${i}`, name));
    if (typeof value !== "object" || value === null) return value;
    const node = value as Json;
    const visited = each(node, (part, key) => {
      if (DATA.has(key)) return part;
      if (!MAPS.has(key) || typeof part !== "object" || part === null) return visit(part, `${path}/${key}`, name);
      return each(part as Json, (inner, property) => visit(inner, `${path}/${key}/${property}`, property));
    });
    if ([...DATA].some((key) => key in node)) return visited;
    const patterns = patternsOf(node);
    const example = patterns.length > 0 ? textOf(node, patterns) : (plainExample(node, name) ?? firstExample(visited));
    if (patterns.length > 0 && example === undefined) unmet.push(`${path || "/"} (${patterns.join(", ")})`);
    return { ...visited, ...(example !== undefined && { example }) };
  };
  return { schema: visit(schema, "", "") as Schema, unmet };
}

/** @returns `undefined` where the sampler's own value is as good */
function plainExample(node: Json, name: string): string | number | undefined {
  const { type: types, minimum, maximum = 1, minLength = 0, maxLength = 100 } = node as Bounds;
  const [type] = [types].flat();
  if (type === "integer" && minimum !== undefined && minimum < UNBOUNDED && maximum >= 1) return 1;
  const text = `${name}-1`;
  const fits = name !== "" && text.length >= minLength && text.length <= maxLength;
  return type === "string" && fits && !SPECIAL.some((key) => key in node) ? text : undefined;
}

/** The sampler does not read the examples of alternatives, such as zod writes for `nullable()`. */
const firstExample = ({ anyOf }: Json): unknown => (Array.isArray(anyOf) ? (anyOf[0] as Json | undefined)?.example : undefined);

interface Bounds {
  readonly type?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Zod writes several patterns of one text as `allOf`. */
const patternsOf = ({ pattern, allOf }: Json): readonly string[] =>
  [pattern, ...(Array.isArray(allOf) ? (allOf as Json[]).map((part) => part.pattern) : [])].filter(
    (part): part is string => typeof part === "string",
  );

function textOf({ pattern: _, allOf: __, ...node }: Json, patterns: readonly string[]): string | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = node as Bounds;
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
