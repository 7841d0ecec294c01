import { RetryLaterError, TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import { LONGEST_HIDE_SECONDS } from "../limits.ts";
import type { Meaning } from "./read-answer.ts";
import type { Answer } from "./send.ts";

/** Statuses that are about the moment, not the request. https://www.rfc-editor.org/rfc/rfc9110#status.codes */
const PASSING = new Set([408, 425, 429]);

/**
 * The error for an unsuccessful answer.
 * @param name `<adapter>.<operation>`
 * @param now ms since the epoch
 * @param meaning of the status, as the operation declares it
 * @returns an error that contains the status and nothing else of the answer
 */
export function refusalOf(name: string, { status, headers }: Answer, now: number, meaning: Meaning = "failure"): Error {
  const waits = meaning === "retry" || (meaning === "failure" && (status === 429 || status === 503));
  const after = waits ? retryAfterSeconds(headers.get("retry-after"), now) : undefined;
  if (after !== undefined) {
    return new RetryLaterError(`${name} answered ${status} and asked to be called again in ${after} seconds.`, {
      after: `${after} seconds`,
      code: "THIRD_PARTY_BUSY",
    });
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

/**
 * Reads a `Retry-After` header: seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @param now ms since the epoch
 * @returns whole seconds, 1 to 43200; `undefined` when it is missing or malformed
 */
function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (text === "") return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_HIDE_SECONDS, Math.max(1, Math.ceil(seconds)));
}
