import {
  fieldsOf,
  isLogLevel,
  LOG_LEVELS,
  type LogLevel,
  type LogLine,
  type LogQuery,
  levelOf,
  lineText,
  printable,
} from "../protocol/logs.ts";
import { KNOWN_IDS, type Options, oneKnownId } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { refuseUnknown } from "./known-flows.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { type Colour, coloured, cut, type Terminal } from "./terminal.ts";
import { requestsOf } from "./trace-source.ts";

interface Around {
  readonly to: Terminal;
  readonly telemetry: () => Promise<Telemetry>;
}

/** Before a request was recorded, and after its last change: lines of its call, and of what came last. */
const BEFORE_MS = 300_000;
const AFTER_MS = 900_000;

/** `npm run hub -- logs <id>`: what was logged about requests, the oldest first. @returns the text to print */
export async function logs(hub: Connection, words: readonly string[], options: Options, around: Around): Promise<string> {
  const id = oneKnownId(words, "logs");
  const filters = filtersOf(options);
  const [requests, telemetry] = await Promise.all([requestsOf(hub, id, around.telemetry), around.telemetry()]);
  // A call that was refused has no request, and is found by its own id.
  const ids = requests.length === 0 ? [id] : [...new Set(requests.flatMap((one) => [one.requestId, one.correlationId]))];
  const times = requests.flatMap(({ createdAt, updatedAt }) => [Date.parse(createdAt), Date.parse(updatedAt)]);
  const [first, last] = times.length === 0 ? [Date.now() - 86_400_000, Date.now()] : [Math.min(...times), Math.max(...times)];
  const lines = await telemetry.logs({ ids, ...filters }, { from: first - BEFORE_MS, to: last + AFTER_MS });
  if (options.json === true) return JSON.stringify({ lines }, null, 2);
  if (lines.length > 0) return lines.map((line) => logText(line, around.to)).join("\n");
  await refuseUnknown(hub, options);
  if (requests.length > 0) return "nothing is logged about it";
  throw new CliError(`Nothing is known by ${id}, and no line of the last day has it. ${KNOWN_IDS}`);
}

/** `npm run hub -- tail`: prints each line from now on, until the signal aborts. @param print prints one line */
export async function tail(
  hub: Connection,
  options: Options,
  { to, telemetry, print, signal }: Around & Printing,
): Promise<undefined> {
  const query = filtersOf(options);
  await refuseUnknown(hub, options);
  const { tail: follow } = await telemetry();
  await follow(query, (line) => print(options.json === true ? JSON.stringify(line) : logText(line, to)), signal).catch(
    (error: unknown) => {
      throw error instanceof RangeError ? new CliError(error.message) : error;
    },
  );
  return undefined;
}
interface Printing {
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

function filtersOf({ flow, step, level }: Options): LogQuery {
  if (step !== undefined && flow === undefined)
    throw new CliError("--step needs --flow, since steps of two flows may share a name. Give both.");
  if (level !== undefined && !isLogLevel(level))
    throw new CliError(`--level is "${level}". Give one of ${LOG_LEVELS.join(", ")}.`);
  return {
    ...(typeof flow === "string" && { flow }),
    ...(typeof step === "string" && { step }),
    ...(isLogLevel(level) && { level }),
  };
}

const COLOURS: Readonly<Record<LogLevel, Colour | undefined>> = { debug: "dim", info: undefined, warn: "yellow", error: "red" };

/** One line: time, level, place, what it says, and the request. Where the terminal is narrow, what it says is cut. */
export function logText(line: LogLine, to: Terminal): string {
  const { flow, step, requestId, hubRequestId, attempt, durationMs, responseLatency } = fieldsOf(line);
  const level = levelOf(line);
  const place = typeof flow === "string" ? (typeof step === "string" ? `${flow}/${step}` : flow) : line.function;
  const numbers = [
    ...(typeof attempt === "number" && attempt > 1 ? [`attempt ${attempt}`] : []),
    ...[durationMs ?? responseLatency].filter((ms) => ms !== undefined).map((ms) => `${String(ms)} ms`),
  ];
  const id = [hubRequestId, requestId].find((one) => typeof one === "string" && one !== "-");
  const head = `${line.timestamp.slice(11, 23)} ${level.padEnd(5)} ${place}  `;
  const tailText = `${numbers.length > 0 ? `  (${numbers.join(", ")})` : ""}${id === undefined ? "" : `  ${String(id)}`}`;
  const room = Math.max(24, to.width - head.length - tailText.length);
  const text = printable(lineText(line));
  return coloured(`${printable(head)}${to.fits ? cut(text, room) : text}${printable(tailText)}`, COLOURS[level], to);
}
