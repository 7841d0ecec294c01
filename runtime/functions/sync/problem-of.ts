import { isRetryLater } from "../../../model/errors.ts";
import { failureOf, isRefusal, RUNTIME_CODES } from "../../errors.ts";
import { HttpProblem, refusal } from "../../http/problem.ts";

/** Seconds after which a caller may retry by default. */
const RETRY_AFTER = 5;

type Answer = readonly [status: number, title: string, detail: string];
const BAD: Answer = [502, "Bad Gateway", "A third party gave no usable answer."];
const DOWN: Answer = [503, "Service Unavailable", "A third party is not available. Try again later."];
const LATE: Answer = [504, "Gateway Timeout", "There was no answer in time. Try again later."];
const UNREADY: Answer = [503, "Service Unavailable", "The request could not be answered now. Try again later."];

/** Answers to failures of the runtime. Others are faults of the hub or of the flow: 500. */
const ANSWERS: Readonly<Partial<Record<string, Answer>>> = {
  THIRD_PARTY_REFUSED: BAD,
  INVALID_RESPONSE: BAD,
  ANSWER_UNREADABLE: BAD,
  OUTCOME_UNKNOWN: BAD,
  RESPONSE_TOO_LARGE: BAD,
  TOKEN_REFUSED: BAD,
  THIRD_PARTY_FAILED: DOWN,
  THIRD_PARTY_UNREACHABLE: DOWN,
  THIRD_PARTY_TIMEOUT: LATE,
  TIMEOUT: LATE,
  SECRET_INVALID: UNREADY,
  SECRET_UNAVAILABLE: UNREADY,
  PUBLISH_FAILED: UNREADY,
};

/**
 * The answer to a call that failed. Of the runtime's failures the caller gets the code, and the log the details. The message of a handler's
 * own TerminalError is shown to the caller. What was thrown by mistake has no code.
 *
 * @param leastSeconds a caller who retries sooner would get the same answer from the gateway's cache
 */
export function problemOf(error: unknown, leastSeconds = 0): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const { code } = failureOf(error);
  const retryAfter = (seconds: number) => ({ "retry-after": String(Math.max(seconds, leastSeconds)) });
  if (isRetryLater(error)) {
    const [status, title, detail] = code in RUNTIME_CODES ? DOWN : UNREADY;
    return new HttpProblem(status, title, detail, retryAfter(Math.ceil(error.afterSeconds)), code);
  }
  if (isRefusal(error)) return refusal(error);
  const answer = ANSWERS[code];
  if (!answer) return new HttpProblem(500, "Internal Server Error", "Something went wrong. Search the log for the request id.");
  const [status, title, detail] = answer;
  return new HttpProblem(status, title, detail, status === 502 ? {} : retryAfter(RETRY_AFTER), code);
}
