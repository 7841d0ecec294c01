/** By weight. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Header by which an operator has everything logged about the request that a call starts, with the value `true`. The authorizer says who is an
 * operator; the header of any other caller changes nothing. Lower case.
 */
export const DEBUG_HEADER = "x-debug";

/** Log groups of a stack's functions, and of the API's access log, begin so. */
export const logGroupPrefix = (stack: string): string => `/hub/${stack}/`;

/** A line of a log. */
export interface LogLine {
  /** ISO 8601. */
  readonly timestamp: string;
  /** Name of the function, or path of the log group below the stack's. */
  readonly function: string;
  /** The parsed line where it is JSON, as functions and gateway write it, else its text. */
  readonly message: unknown;
}

/** Which lines are wanted; all filters must match. */
export interface LogQuery {
  readonly correlationId?: string;
  /** Ids of requests, of correlation or of traces: the line has one of them. @default any line */
  readonly ids?: readonly string[];
  readonly flow?: string;
  readonly step?: string;
  /** The least one. @default any */
  readonly level?: LogLevel;
}

/** Fields that hold an id: of functions' lines, and of the access log's, which have the gateway's id as `requestId`. */
const ID_FIELDS = ["requestId", "callId", "correlationId", "traceId", "hubRequestId", "xrayTraceId"] as const;

/** @returns the levels of at least this weight */
export const levelsFrom = (least: LogLevel): readonly LogLevel[] => LOG_LEVELS.slice(LOG_LEVELS.indexOf(least));
export const isLogLevel = (text: unknown): text is LogLevel => (LOG_LEVELS as readonly unknown[]).includes(text);

/** @returns the fields of a line; of a text, `message` */
export const fieldsOf = ({ message }: Pick<LogLine, "message">): Readonly<Record<string, unknown>> =>
  typeof message === "object" && message !== null ? (message as Readonly<Record<string, unknown>>) : { message };

/** @returns whether the line matches, and is one that people read: neither Lambda's own (`platform.…`) nor values of metrics */
export function isWanted(line: LogLine, { correlationId, ids, flow, step, level }: LogQuery): boolean {
  const fields = fieldsOf(line);
  return (
    fields._aws === undefined &&
    !(typeof fields.type === "string" && fields.type.startsWith("platform.")) &&
    (correlationId === undefined || fields.correlationId === correlationId) &&
    (ids === undefined || ID_FIELDS.some((name) => ids.includes(String(fields[name])))) &&
    (flow === undefined || fields.flow === flow) &&
    (step === undefined || fields.step === step) &&
    (level === undefined || levelsFrom(level).includes(levelOf(line)))
  );
}

/** The level of a line; the access log has statuses instead. */
export function levelOf(line: Pick<LogLine, "message">): LogLevel {
  const { level, httpMethod, status } = fieldsOf(line);
  if (httpMethod !== undefined) return Number(status) >= 500 ? "error" : Number(status) >= 400 ? "warn" : "info";
  const given = String(level).toLowerCase();
  return isLogLevel(given) ? given : "info";
}

/** What a line says, in one: events that a step published and the cause of a failure included. */
export function lineText(line: Pick<LogLine, "message">): string {
  const { message, httpMethod, resourcePath, status, published, code, error } = fieldsOf(line);
  if (httpMethod !== undefined) return `${httpMethod} ${resourcePath} ${status}`;
  const text = typeof message === "string" ? message : JSON.stringify(message ?? line.message);
  const events = Array.isArray(published) && published.length > 0 ? ` → ${published.join(", ")}` : "";
  const cause = typeof code === "string" ? `: ${code}${typeof error === "string" ? `, ${error}` : ""}` : "";
  return text + events + cause;
}

/** Control characters in what callers and third parties send would move the cursor, or worse. https://cwe.mitre.org/data/definitions/150.html */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ".");

/** @returns the line of a text as CloudWatch Logs has it */
export function logLineOf(timestamp: string, name: string, text: string): LogLine {
  const trimmed = text.trimEnd();
  return { timestamp, function: name, message: trimmed.startsWith("{") ? jsonOr(trimmed) : trimmed };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
