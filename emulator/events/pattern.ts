import { ABSENT, isObject, leafMatcher, type Matcher, PatternError } from "./pattern-operators.ts";

/** Whether an event matches a pattern. */
export type EventTest = (event: unknown) => boolean;

/** Reserved words. An `$or` whose alternatives use one as a field name is a field called `$or`. */
const RESERVED = new Set([
  "exactly",
  "prefix",
  "suffix",
  "equals-ignore-case",
  "anything-but",
  "numeric",
  "exists",
  "cidr",
  "wildcard",
  "interval",
]);

/** Event pattern size quota, in characters. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_LENGTH = 2_048;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or */
const MAX_ALTERNATIVES = 1_000;

/**
 * Compiles an EventBridge pattern: exact values, prefix, suffix, equals-ignore-case, anything-but, numeric, cidr, exists, wildcard
 * and `$or`, over nested objects and arrays. `checks/event-ruler/` compares it with AWS's event-ruler.
 *
 * @param pattern JSON, or the parsed pattern
 * @throws PatternError
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compilePattern(pattern: string | object): EventTest {
  const tests = alternativesOf(pattern).map(({ test }) => test);
  return (event) => tests.some((test) => test(event));
}

/** One way to match a pattern: all its conditions hold. A pattern without `$or` has one alternative. */
export interface Alternative {
  readonly test: EventTest;
  readonly conditions: readonly {
    readonly path: readonly string[];
    /** Of the pattern's array: the field matches one of them. */
    readonly elements: readonly unknown[];
  }[];
}

/** @returns one at least @throws PatternError */
export function alternativesOf(pattern: string | object): readonly Alternative[] {
  const text = typeof pattern === "string" ? pattern : JSON.stringify(pattern);
  if (text.length > MAX_LENGTH) throw new PatternError(`Pattern of ${text.length} characters is longer than ${MAX_LENGTH}`);
  return expand(parsePattern(pattern), [], [new Map()]).map((flat) => ({
    test: compileFlat(flat),
    conditions: [...flat.values()],
  }));
}

/** Parses a pattern. @throws PatternError when it is not a JSON object with at least one field */
function parsePattern(pattern: string | object): Record<string, unknown> {
  let parsed: unknown = pattern;
  if (typeof pattern === "string") {
    try {
      parsed = JSON.parse(pattern);
    } catch {
      throw new PatternError("not valid JSON");
    }
  }
  if (!isObject(parsed) || Object.keys(parsed).length === 0) throw new PatternError("Empty pattern");
  return parsed;
}

/** The matchers of one alternative by the field's dotted path. */
type Flat = ReadonlyMap<string, Alternative["conditions"][number] & { readonly matchers: readonly Matcher[] }>;

/**
 * Expands the alternatives of `$or`. As on AWS, the last condition of a field replaces earlier ones: a field beside an `$or` and
 * within it has one condition only.
 */
function expand(pattern: Record<string, unknown>, parentPath: readonly string[], initial: readonly Flat[]): readonly Flat[] {
  let flats = initial;
  for (const [field, wanted] of Object.entries(pattern)) {
    const path = [...parentPath, field];
    if (isAlternatives(field, wanted)) {
      const before = flats;
      flats = wanted.flatMap((alternative) => {
        if (Object.keys(alternative).length === 0) throw new PatternError("Empty objects are not allowed");
        return expand(alternative, parentPath, before);
      });
      if (flats.length > MAX_ALTERNATIVES) throw new PatternError(`$or has more than ${MAX_ALTERNATIVES} combinations`);
    } else if (isObject(wanted)) {
      if (Object.keys(wanted).length === 0) throw new PatternError("Empty objects are not allowed");
      flats = expand(wanted, path, flats);
    } else {
      if (!Array.isArray(wanted)) throw new PatternError(`"${field}" must be an object or an array`);
      if (wanted.length === 0) throw new PatternError("Empty arrays are not allowed");
      const condition = { path, elements: wanted as readonly unknown[], matchers: wanted.map(leafMatcher) };
      flats = flats.map((flat) => new Map([...flat, [path.join("."), condition]]));
    }
  }
  return flats;
}

/** Tests a part of an event. `event` is the whole event. */
type PartTest = (part: unknown, event: unknown) => boolean;

/** Fields as a tree, because one element of an array must satisfy all conditions on its fields. */
interface Node {
  readonly tests: PartTest[];
  readonly children: Map<string, Node>;
}

function compileFlat(flat: Flat): EventTest {
  const root: Node = { tests: [], children: new Map() };
  for (const { path, matchers } of flat.values()) {
    const field = path.at(-1) as string;
    const parent = path.slice(0, -1).reduce((node, name) => {
      const child = node.children.get(name) ?? { tests: [], children: new Map<string, Node>() };
      node.children.set(name, child);
      return child;
    }, root);
    const valueMatchers = matchers.filter((matcher) => matcher !== ABSENT);
    const mayBeAbsent = valueMatchers.length < matchers.length;
    parent.tests.push((part, event) => {
      const value = fieldOf(part, field);
      return valueMatchers.some((matches) => matches(value)) || (mayBeAbsent && isAbsent(event, path));
    });
  }
  const test = compileNode(root);
  return (event) => test(event, event);
}

function compileNode({ tests, children }: Node): PartTest {
  const below = [...children].map(([field, child]): PartTest => {
    const test = compileNode(child);
    return (part, event) => test(fieldOf(part, field), event);
  });
  const all = [...tests, ...below];
  return function matches(part, event): boolean {
    if (Array.isArray(part) && part.length > 0) return part.some((element) => matches(element, event));
    return all.every((test) => test(part, event));
  };
}

/** Whether the path has no value in any element of the arrays along it. */
export function isAbsent(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.every((element) => isAbsent(element, path));
  const [field, ...rest] = path;
  return field === undefined ? ABSENT(value) : isAbsent(fieldOf(value, field), rest);
}

const isAlternatives = (field: string, wanted: unknown): wanted is Record<string, unknown>[] =>
  field === "$or" &&
  Array.isArray(wanted) &&
  wanted.length >= 2 &&
  wanted.every((alternative) => isObject(alternative) && Object.keys(alternative).every((name) => !RESERVED.has(name)));

/** Value of a field. A dot in the name may be part of the name or separate nested fields. */
function fieldOf(value: unknown, field: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, field)) return value[field];
  const dot = field.indexOf(".");
  const outer = field.slice(0, dot);
  return dot > 0 && Object.hasOwn(value, outer) ? fieldOf(value[outer], field.slice(dot + 1)) : undefined;
}
