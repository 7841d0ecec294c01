/**
 * Tests of one field, in EventBridge's own words; one must hold. A `null` among them is the value null.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export type PatternTest = string | boolean | null | { readonly [operator: string]: unknown };
/** A filter as EventBridge's pattern of the payload. The graph holds it, the rule has it, and the ledger evaluates it. */
export interface FilterPattern {
  readonly [field: string]: FilterPattern | readonly PatternTest[];
}

/** @returns whether EventBridge's rule lets a payload of the current version through */
export const meets = (pattern: FilterPattern, payload: unknown): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const value = isObject(payload) && Object.hasOwn(payload, field) ? payload[field] : undefined;
    return isTests(wanted) ? wanted.some((test) => holds(test, value)) : meets(wanted, value);
  });

export const isTests = (wanted: FilterPattern[string]): wanted is readonly PatternTest[] => Array.isArray(wanted);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The scalar values of a field, also within lists. An object is not a value. */
function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isObject(value) ? [] : [value];
}

/** Whether a field's value meets one test. `undefined`: the field is absent. */
export function holds(test: PatternTest, value: unknown): boolean {
  const leaves = leavesOf(value);
  if (!isObject(test)) return leaves.includes(test);
  const [[operator = "", argument] = []] = Object.entries(test);
  if (operator === "exists") return leaves.length > 0 === argument;
  const holdsFor = OPERATORS[operator];
  return holdsFor !== undefined && leaves.some((leaf) => holdsFor(leaf, argument));
}

type Operator = (leaf: unknown, argument: unknown) => boolean;
const onText =
  (compare: (text: string, wanted: string) => boolean): Operator =>
  (leaf, wanted) =>
    typeof leaf === "string" && compare(leaf, String(wanted));
const OPERATORS: Readonly<Record<string, Operator>> = {
  prefix: onText((text, wanted) => text.startsWith(wanted)),
  suffix: onText((text, wanted) => text.endsWith(wanted)),
  "equals-ignore-case": onText((text, wanted) => text.toLowerCase() === wanted.toLowerCase()),
  numeric: (leaf, argument) =>
    typeof leaf === "number" && pairsOf(argument).every(([compare, limit]) => COMPARE[compare]?.(leaf, limit)),
  "anything-but": (leaf, argument) => {
    if (!isObject(argument)) return !listOf(argument).includes(leaf);
    const [[operator = "", texts] = []] = Object.entries(argument);
    return !listOf(texts).some((text) => OPERATORS[operator]?.(leaf, text));
  },
};

export const COMPARE: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** Of `[">", 0, "<=", 5]`: `[[">", 0], ["<=", 5]]`. */
export const pairsOf = (argument: unknown): readonly (readonly [compare: string, limit: number])[] =>
  (argument as readonly (string | number)[]).flatMap((part, i, all) =>
    i % 2 === 0 ? [[String(part), Number(all[i + 1])] as const] : [],
  );

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
