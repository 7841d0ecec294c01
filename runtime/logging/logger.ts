import { AsyncLocalStorage } from "node:async_hooks";
import type { Writable } from "node:stream";
import winston from "winston";
import type { LogMethod } from "../../model/step.ts";
import type { LogLevel } from "../../protocol/environment.ts";

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
    (message, fields = {}) => {
      const reserved = { ...currentScope(), function: options.functionName };
      output.log({ ...plain(fields), ...reserved, level, message: String(message) });
    };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}

/** Errors have no enumerable properties: JSON would show `{}`. */
const plain = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name === "timestamp" ? "fields.timestamp" : name,
      value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
    ]),
  );

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
