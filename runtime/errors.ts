import { isTerminal } from "../model/errors.ts";
import { carriableText } from "./carriable.ts";

/** A failure of the hub or of a third party that may pass: the message is tried again. */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly code: RuntimeCode;
  constructor(code: RuntimeCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Codes of all failures that the runtime detects. A handler's TerminalError has a code of its own. docs/errors.md explains each. */
export const RUNTIME_CODES = {
  UNREADABLE_EVENT: "the message is not an event of the hub",
  UNEXPECTED_EVENT: "the event is not one that the step waits for",
  NOTHING_TO_UNDO: "what a compensation should undo is not in the table",
  INVALID_PAYLOAD: "an event's payload is not of its schema",
  UNSUPPORTED_VERSION: "the code knows no lift from the event's version to its own",
  LIFT_FAILED: "a lift from an older version of an event threw",
  INVALID_RESULT: "a handler returned what it did not declare, or what is not of its event's schema",
  INVALID_CURSOR: "the stored cursor of a poll is not of its schema",
  INPUT_TOO_LARGE: "a step that can be compensated got more than a delivery record can hold",
  RESULT_TOO_LARGE: "a handler returned more than a delivery record can hold, or a poll more than an event",
  JOIN_TOO_LARGE: "the parts of a join are more than an item can hold",
  JOIN_COUNT: "a counted join is asked for fewer than 0 or too many events",
  JOIN_KEY: "a part lacks the field that the join goes by",
  JOIN_CONTENDED: "other functions changed the join at the same time",
  HOP_LIMIT: "one first event caused too long a chain of events",
  TIMEOUT: "the handler did not end before its function's timeout",
  ATTEMPTS_USED_UP: "the last attempt crashed without telling why",
  EXPIRING: "the message would expire in its queue before the next attempt",
  PUBLISH_FAILED: "the bus refused an event",
  INVALID_REQUEST: "the input of a third party's operation is not of its schema",
  INVALID_RESPONSE: "a third party's answer is not of its schema",
  ANSWER_UNREADABLE: "a call took effect, but its answer can't be read",
  REQUEST_CANCELLED: "the request under which a join goes on was cancelled",
  ANSWER_INVALID: "the answer that an operator supplied is not of the operation's schema",
  OUTCOME_UNKNOWN: "a call may have taken effect, and no answer settles it",
  RESPONSE_TOO_LARGE: "a third party's answer is too large",
  THIRD_PARTY_REFUSED: "a third party answered that the request is wrong",
  THIRD_PARTY_FAILED: "a third party answered that it has failed",
  THIRD_PARTY_UNREACHABLE: "a third party can't be reached",
  THIRD_PARTY_TIMEOUT: "a third party did not answer in time",
  THIRD_PARTY_BUSY: "a third party asked to be called later",
  TOO_MANY_PAGES: "a third party has more pages than the operation's bound",
  INVALID_PAGE: "a third party links to a next page outside of its own address",
  TOKEN_BUSY: "another function is renewing the access token",
  TOKEN_REFUSED: "a third party refused the hub's client credentials",
  HELD: "an operator holds a third party, and its calls wait",
  CIRCUIT_OPEN: "a third party has failed many times in a row, and is left alone for a while",
  KEY_BUSY: "another delivery with the same key of a serial step is being worked on",
  RATE_LIMITED: "the hub has used up what it may ask of a third party",
  TABLE_BUSY: "DynamoDB throttles the hub's state table, or one item of it",
  DELIVERY_CONTENDED: "other messages of the same cause kept taking the delivery record",
  SUMMARY_CONTENDED: "other functions kept writing the request's summary",
  DEAD_LETTER_CONTENDED: "other functions kept writing the record of a dead letter",
  GRAPH_UNKNOWN: "the table does not hold the graph that a request started with",
  SECRET_INVALID: "a secret lacks a key, or is not JSON",
  SECRET_UNAVAILABLE: "a secret can't be read",
} as const;
export type RuntimeCode = keyof typeof RUNTIME_CODES;

/** A failure as the delivery record, StepFailed and the dead letter's attributes state it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Fields of a log line about a failure. */
export const failureFields = ({ code, message }: Failure) => ({ code, error: message });

/** A handler's own TerminalError, which is an answer to a caller, and not one of the runtime. */
export const isRefusal = (error: unknown): boolean => isTerminal(error) && !(failureOf(error).code in RUNTIME_CODES);

const LONGEST_MESSAGE = 1_000;

/**
 * @returns code and message of a thrown value, whatever it is. An error without a code gets its name, such as `TypeError`; a plain object keeps
 *   the code and the message that it has.
 */
export function failureOf(error: unknown): Failure {
  const code = field(error, "code");
  const named = typeof code === "string" && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(code) ? code : undefined;
  const message = cut(messageOf(error));
  if (!(error instanceof Error)) return { code: named ?? "UNKNOWN", message };
  return { code: named ?? /^\w{1,64}$/.exec(textOf(field(error, "name")))?.[0] ?? "Error", message };
}

/** The message may be anything: libraries throw lists and objects as messages. */
function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return textOf(error);
  const message = field(error, "message");
  return message === undefined ? textOf(error) : textOf(message);
}

/** @returns `undefined` where reading the field fails */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/**
 * What decides on a failure asks for the class and the name of what was thrown, which may throw itself: a proxy that is revoked, a getter.
 * @returns what was thrown; where it can't be asked, an error with as much of its message and code as can be read
 */
export function askable(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void thrown.name;
    return thrown;
  } catch {
    const { code, message } = { code: field(thrown, "code"), message: field(thrown, "message") };
    return Object.assign(new Error(textOf(message ?? thrown)), typeof code === "string" ? { code } : {});
  }
}

/** @returns a text for any value: JSON of an object where it has one. Never throws. */
export function textOf(value: unknown): string {
  try {
    if (typeof value === "object" && value !== null && !(value instanceof Error)) return JSON.stringify(value) ?? String(value);
    return String(value);
  } catch {
    return "(a value that can't be read)";
  }
}

/** Events carry it, so it must not hold what no event can carry, such as an emoji cut in two. */
const cut = (text: string) => carriableText(text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text);
