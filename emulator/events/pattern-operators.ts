import { BlockList, isIP } from "node:net";
import { wildcard } from "../iam/wildcard.ts";

/** EventBridge refuses the event pattern. */
export class PatternError extends Error {
  override readonly name = "InvalidEventPatternException";
  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
  }
}

/** Whether the value of a field (undefined when absent) matches an element of the pattern's array. */
export type Matcher = (value: unknown) => boolean;
type TextTest = (text: string) => boolean;

/** The matcher of `{ "exists": false }`. Unlike others it applies to the whole event, not to one element of an array. */
export const ABSENT: Matcher = (value) => leavesOf(value).length === 0;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Compiles one element of a pattern's array: a literal, or an object with one operator.
 * @throws PatternError
 */
export function leafMatcher(element: unknown): Matcher {
  if (Array.isArray(element)) throw new PatternError("Arrays can't be nested");
  if (!isObject(element)) return onLeaves((value) => value === element);
  const [[operator, argument] = ["", undefined], ...others] = Object.entries(element);
  if (others.length > 0 || operator === "") throw new PatternError("Only one key allowed in match expression");
  switch (operator) {
    case "exists":
      if (typeof argument !== "boolean") throw new PatternError("exists match pattern must be either true or false");
      return argument ? onLeaves(() => true) : ABSENT;
    case "anything-but":
      return anythingBut(argument);
    case "numeric":
      return numeric(argument);
    case "cidr":
      return cidr(argument);
    default:
      return onText(textTest(operator, argument));
  }
}

/** The scalar values of a field, also within arrays. An object is not a leaf. */
function leavesOf(value: unknown): unknown[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
}

const onLeaves =
  (test: (leaf: unknown) => boolean): Matcher =>
  (value) =>
    leavesOf(value).some(test);
const onText = (test: TextTest): Matcher => onLeaves((leaf) => typeof leaf === "string" && test(leaf));

function textTest(operator: string, argument: unknown): TextTest {
  if ((operator === "prefix" || operator === "suffix") && isObject(argument)) return ignoringCase(operator, argument);
  if (typeof argument !== "string") throw new PatternError(`${operator} match pattern must be a string`);
  switch (operator) {
    case "prefix":
      return (text) => text.startsWith(argument);
    case "suffix":
      return (text) => text.endsWith(argument);
    case "equals-ignore-case": {
      const wanted = argument.toLowerCase();
      return (text) => text.toLowerCase() === wanted;
    }
    case "wildcard":
      checkWildcard(argument);
      return wildcard(argument, { single: false, escapes: true });
    default:
      throw new PatternError(`Unrecognized match type ${operator}`);
  }
}

function ignoringCase(operator: "prefix" | "suffix", argument: Record<string, unknown>): TextTest {
  const given = argument["equals-ignore-case"];
  if (typeof given !== "string" || Object.keys(argument).length !== 1)
    throw new PatternError(`${operator} takes a string, or equals-ignore-case with a string`);
  const wanted = given.toLowerCase();
  return operator === "prefix" ? (text) => text.toLowerCase().startsWith(wanted) : (text) => text.toLowerCase().endsWith(wanted);
}

function checkWildcard(pattern: string): void {
  const rest = pattern.replace(/\\[*\\]/g, "");
  if (rest.includes("\\")) throw new PatternError("Invalid escape character in wildcard");
  // An escape sequence separates the wildcards around it.
  if (pattern.replace(/\\[*\\]/g, "-").includes("**")) throw new PatternError("Consecutive wildcard characters");
}

function anythingBut(argument: unknown): Matcher {
  if (isObject(argument)) {
    const [[operator, texts] = ["", undefined], ...others] = Object.entries(argument);
    if (others.length > 0) throw new PatternError("Only one key allowed in anything-but");
    const tests = listOf(texts).map((text) => textTest(operator, text));
    if (tests.length === 0) throw new PatternError("Empty arrays are not allowed");
    return onLeaves((leaf) => !(typeof leaf === "string" && tests.some((test) => test(leaf))));
  }
  const excluded = listOf(argument);
  const type = typeof excluded[0];
  if ((type !== "string" && type !== "number") || excluded.some((value) => typeof value !== type)) {
    throw new PatternError("Inside anything-but list, must be all strings or all numbers");
  }
  return onLeaves((leaf) => !excluded.includes(leaf));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** Compiles `["=", 5]` or `[">", 0, "<=", 5]`, with numbers between -5e9 and 5e9. */
function numeric(argument: unknown): Matcher {
  if (!Array.isArray(argument) || (argument.length !== 2 && argument.length !== 4))
    throw new PatternError("numeric must be [operator, number], once or twice");
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < argument.length; i += 2) {
    const compare = COMPARISONS[String(argument[i])];
    const limit: unknown = argument[i + 1];
    if (!compare) throw new PatternError(`Unrecognized numeric range operator: ${String(argument[i])}`);
    if (typeof limit !== "number" || Math.abs(limit) > 5e9)
      throw new PatternError("Value of numeric must be a number between -5.0e9 and 5.0e9");
    tests.push((value) => compare(value, limit));
  }
  return onLeaves((leaf) => typeof leaf === "number" && tests.every((test) => test(leaf)));
}

function cidr(argument: unknown): Matcher {
  const [address = "", bits] = String(argument).split("/");
  const version = isIP(address);
  if (version === 0 || bits === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128))
    throw new PatternError("Malformed CIDR");
  const block = new BlockList();
  block.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
  return onText((text) => {
    const version = isIP(text);
    return version !== 0 && block.check(text, version === 4 ? "ipv4" : "ipv6");
  });
}
