import { isRetryLater, isTerminal } from "../../../model/errors.ts";
import { failureOf, RUNTIME_CODES } from "../../errors.ts";
import { HttpProblem } from "../../http/problem.ts";

/** Seconds after which a caller may come again when nobody says better. */
const RETRY_AFTER = 5;

type Answer = readonly [status: number, title: string, detail: string];
const BAD: Answer = [502, "Bad Gateway", "A third party gave no answer of use."];
const DOWN: Answer = [503, "Service Unavailable", "A third party is not available. Ask again later."];
const LATE: Answer = [504, "Gateway Timeout", "There was no answer in time. Ask again later."];
const UNREADY: Answer = [503, "Service Unavailable", "The request could not be answered now. Ask again later."];

/** What the runtime's own failures are to a caller; the others are faults of the hub or of the flow, and a 500. */
const ANSWERS: Readonly<Partial<Record<string, Answer>>> = {
  THIRD_PARTY_REFUSED: BAD,
  INVALID_RESPONSE: BAD,
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
 * What a failed call is to the caller who waits for it. Of what the runtime found out it is told no more than that: the log has the rest.
 * What the handler says with a TerminalError of its own is for the caller.
 *
 * @param leastSeconds a caller who comes back sooner would be given the same answer from the gateway's cache
 */
export function problemOf(error: unknown, leastSeconds = 0): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const { code, message } = failureOf(error);
  const retryAfter = (seconds: number) => ({ "retry-after": String(Math.max(seconds, leastSeconds)) });
  if (isRetryLater(error)) {
    const [status, title, detail] = code in RUNTIME_CODES ? DOWN : UNREADY;
    return new HttpProblem(status, title, detail, retryAfter(Math.ceil(error.afterSeconds)));
  }
  if (isTerminal(error) && !(code in RUNTIME_CODES)) return new HttpProblem(422, "Unprocessable Content", message);
  const answer = ANSWERS[code];
  if (!answer) return new HttpProblem(500, "Internal Server Error", "Something went wrong. The request id finds it in the log.");
  const [status, title, detail] = answer;
  return new HttpProblem(status, title, detail, status === 502 ? {} : retryAfter(RETRY_AFTER));
}
