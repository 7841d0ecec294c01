import { RetryLaterError, TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import type { Meaning } from "./read-answer.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import type { Answer } from "./send.ts";

/** Statuses that are about the moment, not the request. https://www.rfc-editor.org/rfc/rfc9110#status.codes */
const PASSING = new Set([408, 425, 429]);

/** A repeated call that gets one of these may have met its own first attempt, which is still in progress or has taken effect. */
const IN_PROGRESS = new Set([409, 423]);

/**
 * The error for an unsuccessful answer.
 * @param name `<adapter>.<operation>`
 * @param now ms since the epoch
 * @param how.meaning of the status, as the operation declares it
 * @param how.repeated true when an earlier attempt may have reached the third party
 * @returns an error that contains the status and nothing else of the answer
 */
export function refusalOf(
  name: string,
  { status, headers }: Pick<Answer, "status" | "headers">,
  now: number,
  { meaning = "failure", repeated = false }: { readonly meaning?: Meaning; readonly repeated?: boolean } = {},
): Error {
  const mayWait = meaning === "retry" || (meaning === "failure" && status >= 400);
  const after = mayWait ? retryAfterSeconds(headers.get("retry-after"), now) : undefined;
  if (after !== undefined) {
    return new RetryLaterError(`${name} answered ${status} and asked to be called again in ${after} seconds.`, {
      after: `${after} seconds`,
      code: "THIRD_PARTY_BUSY",
    });
  }
  if (meaning === "failure" && repeated && IN_PROGRESS.has(status)) {
    return new RetryableError(
      "THIRD_PARTY_FAILED",
      `${name} answered ${status} to a repeated call: the first one may be in progress. It is called again with the same idempotency key.`,
    );
  }
  if (meaning === "retry" || (meaning === "failure" && (status >= 500 || PASSING.has(status)))) {
    return new RetryableError(
      "THIRD_PARTY_FAILED",
      `${name} answered ${status}. It is called again with the same idempotency key.`,
    );
  }
  const remedy =
    status >= 300 && status < 400
      ? "Redirects are not followed: set the baseUrl that it points to"
      : "Check the input and the credentials";
  return Object.assign(new TerminalError(`${name} answered ${status}. ${remedy}.`, { code: "THIRD_PARTY_REFUSED" }), { status });
}
