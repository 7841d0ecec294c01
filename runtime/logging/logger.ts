import { AsyncLocalStorage } from "node:async_hooks";
import type { Writable } from "node:stream";
import createWinston from "winston/lib/winston/create-logger.js";
import Console from "winston/lib/winston/transports/console.js";
import Stream from "winston/lib/winston/transports/stream.js";
import type { LogMethod } from "../../model/step.ts";
import type { LogLevel } from "../../protocol/environment.ts";
import { textOf } from "../errors.ts";
import { type Hidden, masked } from "../mask.ts";
import { readable } from "./fields.ts";

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
      const scope = storage.getStore();
      if (LEVELS[level] > LEVELS[options.level] && !scope?.debug) return;
      const hidden: Hidden = { ...(options.personal && { names: options.personal }), values: scope?.hidden ?? [] };
      const shown = masked({ ...readable(fields), message: textOf(message) }, hidden) as { readonly message: string };
      const timestamp = new Date().toISOString();
      output.log({ ...shown, ...currentScope(), function: options.functionName, timestamp, level });
    };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}

/** Where winston's transports find the line. https://github.com/winstonjs/triple-beam */
const LINE = Symbol.for("message");
/** All fields are plain data: `readable` has seen to it. */
const jsonLine = {
  transform: <T extends object>(info: T): T => Object.assign(info, { [LINE]: JSON.stringify(info) }),
};

/** Fields of every log line of one delivery or request. */
export interface LogScope {
  correlationId?: string;
  requestId?: string;
  /** The gateway's id of the call, of which the access log has more. */
  callId?: string;
  flow?: string;
  step?: string;
  attempt?: number;
  coldStart?: boolean;
  /** Trace of the request; of the invocation where it serves no single one. 32 hex digits. */
  traceId?: string;
}

interface Scope {
  readonly fields: LogScope;
  /** Values that no line of the scope may show. */
  readonly hidden: string[];
  /** Everything is logged, whatever the level of the stack. */
  debug: boolean;
}
const storage = new AsyncLocalStorage<Scope>();

/** Runs `work` with a copy of the current scope, so that records handled at once do not mix up their lines. */
export function inScope<T>(work: () => T): T {
  const { fields, hidden, debug } = storage.getStore() ?? { fields: {}, hidden: [], debug: false };
  return storage.run({ fields: { ...fields }, hidden: [...hidden], debug }, work);
}

export const isInScope = (): boolean => storage.getStore() !== undefined;

/** Adds fields to the current scope. Without effect outside a scope. */
export const addToScope = (fields: LogScope): void => void Object.assign(storage.getStore()?.fields ?? {}, fields);

/** Logs everything from now on in the current scope, whatever the level of the stack. Without effect outside a scope. */
export function debugInScope(): void {
  const scope = storage.getStore();
  if (scope) scope.debug = true;
}

/** Masks these values in each later line of the current scope. Without effect outside a scope. */
export const hideInScope = (values: readonly string[]): void => void storage.getStore()?.hidden.push(...values);

/** @returns the text without the values that the current scope hides, and without secrets that this process has read */
export const redacted = (text: string): string => String(redactedFields(text));

/** @returns the value likewise, and without what its fields' names say is secret */
export const redactedFields = (value: unknown): unknown => masked(value, { values: storage.getStore()?.hidden ?? [] });

const currentScope = (): Readonly<LogScope> => storage.getStore()?.fields ?? {};
