import { isRetryLater, isTerminal } from "../../../../model/errors.ts";
import type { Retry } from "../../../../model/retry.ts";
import { type Failure, failureOf, type RuntimeCode } from "../../../errors.ts";
import { redacted } from "../../../logging/logger.ts";
import { CRASHED } from "../../../third-party/unknown-outcomes.ts";
import { BlockedError, failureOfUsedUp, HeldError, OnlyAloneError, PostponedError, RefusedError, UsedUpError } from "./errors.ts";
import { expiresWithin } from "./hide.ts";
import type { Attempt } from "./records.ts";
import { backoffSeconds } from "./retry-policy.ts";
import type { Run } from "./run.ts";

/** What happens to a delivery that failed. `seconds`: how long its message stays hidden. */
export type Outcome =
  /** Failed before the event was read. The message comes back after the queue's visibility timeout. */
  | { readonly kind: "return"; readonly failure: Failure }
  /** The delivery is handled by itself, later in this invocation or in another one. No failure. */
  | { readonly kind: "alone"; readonly reason: string }
  /** Another message of the same cause is being handled, or a join waits for its deadline. No failure. */
  | { readonly kind: "postpone"; readonly reason: string; readonly seconds: number }
  /** The result is stored and not completely published. The delivery record publishes it when the message comes back. */
  | { readonly kind: "publish-later"; readonly failure: Failure; readonly seconds: number }
  /** As `publish-later`, but the message would expire first. The delivery stays done: a redrive publishes its result. */
  | { readonly kind: "dead-letter-result"; readonly failure: Failure; readonly attempts: number }
  /** Failed before an attempt began, so none is used up. The queue's own receive count is the limit. */
  | { readonly kind: "begin-later"; readonly failure: Failure; readonly seconds: number }
  /** The caller's payload is invalid: the request fails, without a dead letter. */
  | { readonly kind: "refuse"; readonly failure: Failure; readonly attempts: number; readonly startedAt: string }
  /** @property counts false when the attempt is not used up */
  | {
      readonly kind: "retry";
      readonly failure: Failure;
      readonly seconds: number;
      readonly attempt: Attempt;
      readonly counts: boolean;
    }
  /** @property terminal no other attempt can help */
  | {
      readonly kind: "dead-letter";
      readonly failure: Failure;
      readonly attempts: number;
      readonly startedAt: string;
      readonly terminal: boolean;
    };

/**
 * Decides what happens to a delivery that failed. Pure.
 * @param at.now in ms since the epoch
 * @param at.random 0 up to 1
 */
export function decideOutcome(
  run: Pick<Run, "arrival" | "cause" | "attempt" | "entries" | "unknown">,
  error: unknown,
  { retry, now, random }: { readonly retry: Retry; readonly now: number; readonly random: number },
): Outcome {
  const { arrival, cause, attempt, entries } = run;
  const { code, message } = failureOf(error);
  // The ledger, dead letters and traces show the message: it must not hold what the log masks.
  const failure = { code, message: redacted(message) };
  const startedAt = attempt?.startedAt ?? new Date(now).toISOString();
  const attempts = attempt?.number ?? (arrival.message?.attempts ?? 0) + 1;
  const deadLetter = (why: Failure, more: { terminal?: boolean; attempts?: number; startedAt?: string } = {}): Outcome => ({
    kind: "dead-letter",
    failure: why,
    attempts,
    startedAt,
    terminal: false,
    ...more,
  });

  if (!cause) return { kind: "return", failure };
  if (error instanceof OnlyAloneError) return { kind: "alone", reason: error.message };
  if (error instanceof PostponedError) {
    const seconds = Math.max(1, Math.ceil((error.until - now) / 1_000));
    if (error instanceof HeldError && expiresWithin(arrival, now, seconds)) return deadLetter(expiring(failure));
    return { kind: "postpone", reason: error.message, seconds };
  }
  const byReceives = backoffSeconds(retry, arrival.message?.receives ?? 1, random);
  if (entries)
    return expiresWithin(arrival, now, byReceives)
      ? { kind: "dead-letter-result", failure, attempts }
      : { kind: "publish-later", failure, seconds: byReceives };
  if (error instanceof UsedUpError) {
    const { record } = error;
    return deadLetter(failureOfUsedUp(record), { attempts: record.attempts, startedAt: record.startedAt });
  }
  if (error instanceof RefusedError) return { kind: "refuse", failure, attempts, startedAt };
  if (error instanceof BlockedError) return deadLetter(failure);
  // A refusal proves nothing about an earlier call that may have taken effect: nothing is compensated, and an operator decides.
  if (isTerminal(error))
    return run.unknown?.size ? deadLetter(outcomeUnknown(failure, run.unknown)) : deadLetter(failure, { terminal: true });
  if (!attempt)
    return expiresWithin(arrival, now, byReceives)
      ? deadLetter(expiring(failure))
      : { kind: "begin-later", failure, seconds: byReceives };
  // Where delivery is direct, Lambda chooses the wait: RetryLaterError is a failure like any other.
  const asked = isRetryLater(error) && arrival.message ? error.afterSeconds : undefined;
  const counts = asked === undefined && failure.code !== TABLE_BUSY;
  if (counts && attempt.last) return deadLetter(failure);
  const seconds = asked ?? (counts ? backoffSeconds(retry, attempt.inSeries, random) : byReceives);
  return expiresWithin(arrival, now, seconds)
    ? deadLetter(expiring(failure))
    : { kind: "retry", failure, seconds, attempt, counts };
}

const TABLE_BUSY = "TABLE_BUSY" satisfies RuntimeCode;

/** Codes that say by themselves that the effect took place. */
const TOOK_EFFECT: readonly string[] = ["ANSWER_UNREADABLE", "RESPONSE_TOO_LARGE"];

function outcomeUnknown(failure: Failure, unknown: ReadonlySet<string>): Failure {
  const { code, message } = failure;
  if (TOOK_EFFECT.includes(code)) return failure;
  const calls = [...unknown].filter((call) => call !== CRASHED).map((call) => call.replace(/#\d+$/, ""));
  const which = calls.length > 0 ? [...new Set(calls)].join(", ") : "a call of an earlier attempt";
  return {
    code: "OUTCOME_UNKNOWN",
    message: `${which} may have taken effect: an earlier call got no clear answer. Look it up at the third party, then redrive or discard the dead letter. The last failure was ${code}: ${message}`,
  };
}

const expiring = ({ code, message }: Failure): Failure => ({
  code: "EXPIRING",
  message: `the message would expire in its queue before the next attempt. Send it back from the dead letters. The last failure was ${code}: ${message}`,
});
