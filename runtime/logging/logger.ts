import type { Writable } from "node:stream";
import createWinston from "winston/lib/winston/create-logger.js";
import Console from "winston/lib/winston/transports/console.js";
import Stream from "winston/lib/winston/transports/stream.js";
import type { LogMethod } from "../../model/step.ts";
import type { LogLevel } from "../../protocol/environment.ts";
import { textOf } from "../errors.ts";
import { type Hidden, masked } from "../mask.ts";
import { readable } from "./fields.ts";
import { scopeNow } from "./scope.ts";

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Readonly<Record<LogLevel, number>>;

/** One JSON line per call. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/**
 * Lines carry timestamp, level, message, function and the log scope (correlation id, request id, flow, step, attempt, cold start); a
 * caller's field can't replace one of these. The runtime logs ids, codes and counts only, never payloads, headers or secrets. In what a
 * handler logs, secrets and personal data are masked.
 *
 * @param options.to where the lines go. @default standard output
 * @param options.personal names of the flow's fields that hold personal data. @default none
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly functionName: string;
  readonly to?: Writable | undefined;
  readonly personal?: ReadonlySet<string>;
}): Logger {
  const output = createWinston({
    level: "debug",
    levels: LEVELS,
    format: jsonLine,
    transports: [options.to ? new Stream({ stream: options.to }) : new Console()],
  });
  const method =
    (level: LogLevel): LogMethod =>
    (message, fields) => {
      const scope = scopeNow();
      if (LEVELS[level] > LEVELS[options.level] && !scope?.debug) return;
      const hidden: Hidden = { ...(options.personal && { names: options.personal }), values: scope?.hidden ?? [] };
      const shown = masked({ ...readable(fields), message: textOf(message) }, hidden) as { readonly message: string };
      const timestamp = new Date().toISOString();
      output.log({ ...shown, ...scope?.fields, function: options.functionName, timestamp, level });
    };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}

/** Where winston's transports find the line. https://github.com/winstonjs/triple-beam */
const LINE = Symbol.for("message");
/** All fields are plain data: `readable` has seen to it. */
const jsonLine = {
  transform: <T extends object>(info: T): T => Object.assign(info, { [LINE]: JSON.stringify(info) }),
};

/** @returns the text without the values that the current scope hides, and without secrets that this process has read */
export const redacted = (text: string): string => String(redactedFields(text));

/** @returns the value likewise, and without what its fields' names say is secret */
export const redactedFields = (value: unknown): unknown => masked(value, { values: scopeNow()?.hidden ?? [] });
