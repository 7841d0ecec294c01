import type { Writable } from "node:stream";
import winston from "winston";
import type { LogMethod } from "../../model/step.ts";
import type { LogLevel } from "../environment.ts";
import { currentScope } from "./scope.ts";

/** One JSON line per call. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/**
 * Lines carry timestamp, level, message, function and what the scope tells (correlation id, request id, flow, step, attempt,
 * cold start); a caller's field can't take the place of one of these. Nothing logs payloads, headers or secrets: the runtime
 * hands ids, codes and counts to the logger and nothing else.
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
      const own = { ...currentScope(), function: options.functionName };
      output.log({ ...plain(fields), ...own, level, message: String(message) });
    };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}

/** Errors have no enumerable properties, so JSON would show `{}`. */
const plain = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name === "timestamp" ? "fields.timestamp" : name,
      value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
    ]),
  );
