import { AsyncLocalStorage } from "node:async_hooks";
import type { Writable } from "node:stream";
import winston from "winston";
import type { LogMethod } from "../../model/step.ts";
import type { LogLevel } from "../../protocol/environment.ts";
import { textOf } from "../errors.ts";

/** One JSON line per call. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/**
 * Lines carry timestamp, level, message, function and the log scope (correlation id, request id, flow, step, attempt, cold start); a
 * caller's field can't replace one of these. The runtime logs ids, codes and counts only, never payloads, headers or secrets.
 *
 * @param to where the lines go. @default standard output
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly functionName: string;
  readonly to?: Writable | undefined;
}): Logger {
  const { format } = winston;
  const output = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.combine(format.timestamp(), format.json()),
    transports: [options.to ? new winston.transports.Stream({ stream: options.to }) : new winston.transports.Console()],
  });
  const method =
    (level: LogLevel): LogMethod =>
    (message, fields) => {
      const line = { ...currentScope(), function: options.functionName, level, message: textOf(message) };
      output.log({ ...readable(fields), ...line });
    };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}

const UNREADABLE = "(a value that can't be read)";

/** What a handler logs must not fail its step: a field that can't be read, or has no JSON, is replaced. */
function readable(fields: unknown): Readonly<Record<string, unknown>> {
  if (fields === undefined || fields === null) return {};
  if (typeof fields !== "object") return { fields: textOf(fields) };
  return Object.fromEntries(
    namesOf(fields).map((name) => [name === "timestamp" ? "fields.timestamp" : name, fieldOf(fields, name)]),
  );
}

function namesOf(fields: object): readonly string[] {
  try {
    return Object.keys(fields);
  } catch {
    return [];
  }
}

/** Errors have no enumerable properties: JSON would show `{}`. */
function fieldOf(fields: object, name: string): unknown {
  try {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (value instanceof Error) return { name: textOf(value.name), message: textOf(value.message), stack: textOf(value.stack) };
    return typeof value === "object" && value !== null ? jsonValue(value) : value;
  } catch {
    return UNREADABLE;
  }
}

/** @returns a copy without what JSON can't hold: circles and big integers */
function jsonValue(value: object): unknown {
  const above: object[] = [];
  const text = JSON.stringify(value, function (this: object, _, inner: unknown) {
    if (typeof inner === "bigint") return String(inner);
    if (typeof inner !== "object" || inner === null) return inner;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(inner)) return "[Circular]";
    above.push(inner);
    return inner;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** Fields of every log line of one delivery or request. */
export interface LogScope {
  correlationId?: string;
  requestId?: string;
  flow?: string;
  step?: string;
  attempt?: number;
  coldStart?: boolean;
}

const storage = new AsyncLocalStorage<LogScope>();

/** Runs `work` with a copy of the current scope, so that records handled at once do not mix up their lines. */
export const inScope = <T>(work: () => T): T => storage.run({ ...storage.getStore() }, work);

/** Adds fields to the current scope. Without effect outside a scope. */
export const addToScope = (fields: LogScope): void => void Object.assign(storage.getStore() ?? {}, fields);

const currentScope = (): Readonly<LogScope> => storage.getStore() ?? {};
