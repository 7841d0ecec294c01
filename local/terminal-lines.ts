import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { LogLine } from "../emulator/lambda/log-store.ts";
import { printable } from "../protocol/logs.ts";

/** A line as the functions log it; see runtime/logging/logger.ts. */
interface Logged {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly flow?: string;
  readonly step?: string;
  readonly correlationId?: string;
  readonly requestId?: string;
  readonly code?: string;
  readonly error?: unknown;
  readonly stack?: string;
  readonly attempt?: number;
  readonly nextAttemptAt?: string;
}

/** What the hub itself logs at info about each delivery. `tests/local/terminal-lines.test.ts` holds the list to runtime/. */
export const ROUTINE: ReadonlySet<string> = new Set([
  "an operator supplied answers of calls",
  "an operator supplied the answer; nothing is called",
  "delivered before; stored result published again",
  "handshake answered",
  "invocation ended",
  "moved into the step's queue",
  "poll ended",
  "part collected; the join waits for others",
  "repeated webhook ignored",
  "request answered",
  "step succeeded",
  "surplus part: the join already has one",
  "the request is cancelled; the step does not run",
  "the step's filter leaves the event out",
  "webhook accepted",
]);

/** Fields that the terminal shows in another way, or not at all. */
const OWN: ReadonlySet<string> = new Set([
  ...["level", "message", "flow", "step", "correlationId", "requestId", "code", "error", "stack", "attempt", "attempts"],
  ...["nextAttemptAt", "function", "timestamp", "coldStart", "traceId", "receives", "delivery", "eventId"],
]);

/**
 * What `npm start` prints of a function's log: what handlers write by `log` and `console`, and each failure with its place in the author's file
 * and the command that shows more. `undefined` for lines of the hub's routine.
 *
 * @param root folder of the program; paths are relative to it, so that a terminal opens them by a click
 */
export function terminalLine({ timestamp, function: name, message: logged }: LogLine, root: string): string | undefined {
  const time = timestamp.slice(11, 19);
  if (typeof logged === "string") return printable(`${time} ${name}  ${logged}`);
  const line = logged as Logged;
  const { level, message, flow, step, correlationId } = line;
  const failed = level === "warn" || level === "error";
  if (level === "debug" || (!failed && (flow === undefined || ROUTINE.has(message)))) return undefined;
  const who = flow === undefined ? name : [flow, step].filter((part) => part !== undefined).join(" ");
  const head = `${time} ${who}  ${failed ? failure(line) : `${message}${fieldsOf(line)}`}`;
  if (!failed) return printable(head);
  const more = correlationId === undefined ? [] : [`correlation id ${correlationId}: npm run hub -- trace ${correlationId}`];
  const stack = line.stack ?? (line.error as { readonly stack?: string } | undefined)?.stack;
  return [head, ...placesIn(stack, root), ...more].map(printable).join("\n           ");
}

function failure({ message, code, error, nextAttemptAt, ...line }: Logged): string {
  const text = typeof error === "string" ? error : (error as { readonly message?: string } | undefined)?.message;
  const why = text === undefined ? fieldsOf({ message, ...line }) : `: ${text}${code === undefined ? "" : ` (${code})`}`;
  return `${message}${why}${nextAttemptAt === undefined ? "" : `; again at ${nextAttemptAt.slice(11, 19)}`}`;
}

function fieldsOf(line: Pick<Logged, "message">): string {
  const fields = Object.entries(line).filter(([name]) => !OWN.has(name));
  return fields.length === 0 ? "" : `  ${JSON.stringify(Object.fromEntries(fields))}`;
}

/** Places of a stack that lie in the author's files: below the root, and neither in a package nor in what the hub keeps. */
function placesIn(stack: string | undefined, root: string): readonly string[] {
  return (stack ?? "").split("\n").flatMap((frame) => {
    const [, called = "", url, path, place] =
      /^\s+at (?:(.*?) \()?(?:(file:\/\/\S+?)|(\/\S+?|[A-Za-z]:\\\S+?)):(\d+:\d+)\)?$/.exec(frame) ?? [];
    const file = url === undefined ? path : fileURLToPath(url);
    if (file === undefined) return [];
    const own = relative(root, file);
    if (own.startsWith("..") || own.startsWith(".") || own.split(sep).includes("node_modules") || own.includes(":")) return [];
    return [`at ${own}:${place}${called === "" ? "" : ` (${called})`}`];
  });
}
