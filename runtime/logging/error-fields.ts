import { failureFields, failureOf, textOf } from "../errors.ts";

/** Causes of causes that are logged. */
const MOST_CAUSES = 5;
/** Characters of one stack, and of a cause's message. */
const LONGEST_STACK = 4_000;
const LONGEST_CAUSE = 1_000;
/** Frames of Node itself, which lead to no line that anybody can mend. */
const NODE_FRAME = /^\s+at .*\(?node:internal\//;

interface ErrorValue {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/**
 * Fields of a log line about a thrown value: code and message as the ledger gets them, where it was thrown, and its causes, the nearest
 * first. Node maps the stack to the flow's own file and line (docs/decisions/030-source-maps.md). Never throws.
 */
export function thrownFields(error: unknown) {
  const stack = stackOf(error);
  const causes = causesOf(error);
  return { ...failureFields(failureOf(error)), ...(stack !== undefined && { stack }), ...(causes.length > 0 && { causes }) };
}

/** @returns an error as JSON holds it, its stack bounded */
export function errorValue(error: unknown): ErrorValue {
  const stack = stackOf(error);
  const message = textOf(read(error, "message") ?? error);
  return {
    name: textOf(read(error, "name") ?? "Error"),
    message: cut(message, LONGEST_CAUSE),
    ...(stack !== undefined && { stack }),
  };
}

/** Of an error of many errors, such as AggregateError, the first one counts as its cause. */
function causesOf(error: unknown): readonly ErrorValue[] {
  const seen = new Set<unknown>([error]);
  const causes: ErrorValue[] = [];
  let current = error;
  while (causes.length < MOST_CAUSES) {
    const errors = read(current, "errors");
    const cause = read(current, "cause") ?? (Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined);
    if (cause === undefined || cause === null || seen.has(cause)) break;
    seen.add(cause);
    causes.push(cause instanceof Error ? errorValue(cause) : { name: typeof cause, message: cut(textOf(cause), LONGEST_CAUSE) });
    current = cause;
  }
  return causes;
}

function stackOf(error: unknown): string | undefined {
  const stack = read(error, "stack");
  if (typeof stack !== "string") return undefined;
  const lines = stack.split("\n").filter((line) => !NODE_FRAME.test(line));
  return cut(lines.join("\n"), LONGEST_STACK);
}

/** @returns `undefined` where reading the field fails */
function read(value: unknown, name: string): unknown {
  try {
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  } catch {
    return undefined;
  }
}

const cut = (text: string, longest: number) => (text.length > longest ? `${text.slice(0, longest)}…` : text);
