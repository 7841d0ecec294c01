import { format } from "node:util";
import type { LogLevel } from "../../protocol/environment.ts";
import { textOf } from "../errors.ts";
import { errorValue } from "./error-fields.ts";
import type { Logger } from "./logger.ts";
import { isInScope } from "./scope.ts";

const LEVELS = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
} as const satisfies Readonly<Record<string, LogLevel>>;
type Method = keyof typeof LEVELS;

/** Characters of one line's message. CloudWatch takes 1 MB a line, but bills by the byte. */
const LONGEST = 16_000;

/**
 * Makes log lines of what a handler writes to the console during an invocation: JSON with its ids, and secrets masked. Outside of an
 * invocation, such as while a module loads, the console stays as it was.
 */
export function captureConsole(console: Pick<Console, Method>, log: Logger): void {
  for (const [method, level] of Object.entries(LEVELS) as [Method, LogLevel][]) {
    const original = console[method].bind(console);
    console[method] = (...args: unknown[]) => {
      if (!isInScope()) return original(...args);
      const error = args.find((value) => value instanceof Error);
      log[level](messageOf(args), error && { error: errorValue(error) });
    };
  }
}

/** `console` never throws, whatever it is given. An error's stack has a field of its own. */
function messageOf(args: readonly unknown[]): string {
  const shown = args.map((value) => (value instanceof Error ? `${textOf(value.name)}: ${textOf(value.message)}` : value));
  try {
    return format(...shown).slice(0, LONGEST);
  } catch {
    return shown.map(textOf).join(" ").slice(0, LONGEST);
  }
}
