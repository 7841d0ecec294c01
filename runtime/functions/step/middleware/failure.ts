import { isRetryLater, isTerminal } from "../../../../model/errors.ts";
import type { Retry } from "../../../../model/retry.ts";
import { type Failure, failureOf } from "../../../errors.ts";
import { formerNames } from "../../../ids.ts";
import { publishAll } from "../../../publish/publish-all.ts";
import type { Services } from "../../../services.ts";
import { sendToDeadLetters } from "../delivery/dead-letters.ts";
import { failureOfUsedUp, PostponedError, UsedUpError } from "../delivery/errors.ts";
import { buriedReports, failedReport } from "../delivery/failed-report.ts";
import { expiresWithin, hide } from "../delivery/hide.ts";
import type { Attempt, DeliveryRecords } from "../delivery/records.ts";
import { backoffSeconds } from "../delivery/retry-policy.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/**
 * @param saga true when the flow declares compensations: a step that failed terminally stays failed, since what the others did is undone
 *
 * Decides what becomes of a delivery that failed: it waits for another attempt, or it goes to the dead letters and is done with.
 * A value returned from here tells Middy, and in the end SQS, that the message is done with; without one the error goes on and
 * the message comes back.
 */
export function failure(services: Services, records: DeliveryRecords, step: string, retry: Retry, saga: boolean): StepMiddleware {
  const { environment, clock } = services;
  const iso = (ms = clock.now()) => new Date(ms).toISOString();
  const backoff = (attempt: number) => backoffSeconds(retry, attempt, services.random());

  return {
    onError: async ({ event: run, error }) => {
      const { cause, attempt, arrival } = run;
      const why = failureOf(error);
      if (!cause) {
        run.log.error("message could not be handled; it comes back", { ...told(why), stack: error?.stack });
        return undefined;
      }
      if (error instanceof PostponedError) return postpone(run, error);
      if (run.entries) return publishLater(run, why);
      if (error instanceof UsedUpError) {
        const { record } = error;
        return bury(run, failureOfUsedUp(record), record.attempts, record.startedAt);
      }
      if (isTerminal(error)) return bury(run, why, attempt?.number ?? 1, attempt?.startedAt ?? iso(), true);
      if (!attempt) return comeBack(run, why);
      if (!isRetryLater(error)) run.log.debug("the handler threw", { stack: error?.stack });
      // Where delivery is direct it is Lambda that waits, and for as long as it likes: a failure like any other.
      if (isRetryLater(error) && arrival.message) return tryAgain(run, attempt, why, error.afterSeconds, false);
      if (attempt.last) return bury(run, why, attempt.number, attempt.startedAt);
      return tryAgain(run, attempt, why, backoff(attempt.inSeries), true);
    },
  };

  /** A live duplicate: it waits until the other one has to be done. */
  async function postpone(run: Run, { message, until }: PostponedError): Promise<undefined> {
    const seconds = await hide(services, run, Math.max(1, Math.ceil((until - clock.now()) / 1_000)));
    run.log.info(message, { seconds });
  }

  /** The result is stored and not (all) published. The delivery record publishes it when the message comes back. */
  async function publishLater(run: Run, why: Failure): Promise<"dead-lettered" | undefined> {
    const wait = backoff(run.arrival.message?.receives ?? 1);
    if (expiresWithin(services, run, wait)) {
      await sendToDeadLetters(services, step, run, why, run.attempt?.number ?? 1);
      run.log.error("result could not be published; the message lies in the dead letters", told(why));
      return "dead-lettered";
    }
    const seconds = await hide(services, run, wait);
    run.log.warn("result could not be published; it is published later", { ...told(why), seconds });
    return undefined;
  }

  /** Something failed before an attempt began, so none is used up: the queue's own receive count is the limit. */
  async function comeBack(run: Run, why: Failure): Promise<"dead-lettered" | undefined> {
    const wait = backoff(run.arrival.message?.receives ?? 1);
    if (expiresWithin(services, run, wait)) return bury(run, expiring(why), 1, iso());
    const seconds = await hide(services, run, wait);
    run.log.warn("delivery could not begin; it is tried again", { ...told(why), seconds });
    return undefined;
  }

  async function tryAgain(
    run: Run,
    attempt: Attempt,
    why: Failure,
    wait: number,
    counts: boolean,
  ): Promise<"dead-lettered" | undefined> {
    if (expiresWithin(services, run, wait)) return bury(run, expiring(why), attempt.number, attempt.startedAt);
    const cause = present(run.cause, "cause");
    if (!(await records.fail(cause, attempt, why, counts))) {
      await hide(services, run, 1);
      run.log.warn("another attempt has taken over", told(why));
      return undefined;
    }
    const seconds = await hide(services, run, wait);
    const nextAttemptAt = iso(clock.now() + seconds * 1_000);
    run.log.warn(counts ? "attempt failed; it is tried again" : "not now; it is tried later", { ...told(why), nextAttemptAt });
    // A wait that repeats is told once: it says nothing new, and a rate limit makes many.
    if (!counts && attempt.before?.code === why.code) return undefined;
    const attempts = counts ? attempt.number : attempt.number - 1;
    const report = failedReport(
      { flow: environment.flow, step, ...formerNames(environment), cause },
      { failure: why, attempts, startedAt: attempt.startedAt, finishedAt: iso(), nextAttemptAt },
    );
    try {
      await publishAll(services, [report]);
    } catch (error) {
      // Only the report of a state that lasts for seconds is lost; the next one supersedes it.
      run.log.warn("StepFailed could not be published", told(failureOf(error)));
    }
    return undefined;
  }

  /**
   * In this order: a crash in between makes a second dead letter at worst, and never none.
   * @returns undefined, so that the message comes back, when one of these could not be done
   */
  async function bury(
    run: Run,
    why: Failure,
    attempts: number,
    startedAt: string,
    terminal = false,
  ): Promise<"dead-lettered" | undefined> {
    const cause = present(run.cause, "cause");
    const reports = buriedReports({ flow: environment.flow, step, ...formerNames(environment), cause }, environment, {
      failure: why,
      attempts,
      startedAt,
      finishedAt: iso(),
      terminal,
    });
    const dead = {
      reports,
      messageId: run.arrival.message?.id ?? "",
      final: terminal && saga && cause.compensates === undefined,
    };
    try {
      await sendToDeadLetters(services, step, run, why, attempts);
      if (!(await records.bury(cause, run.attempt, why, dead))) {
        run.log.warn("dead letter sent, and another message of the same cause has gone on", told(why));
        return "dead-lettered";
      }
      await publishAll(services, reports);
    } catch (error) {
      run.log.error("dead letter could not be recorded; the message comes back", told(failureOf(error)));
      await release(run, why);
      await hide(services, run, backoff(run.arrival.message?.receives ?? 1));
      return undefined;
    }
    run.log.error("step failed; the message lies in the dead letters", { ...told(why), attempts });
    return "dead-lettered";
  }

  /** Without it, the message would have to wait for the lease to end. */
  async function release(run: Run, why: Failure): Promise<void> {
    if (!run.attempt) return;
    try {
      await records.fail(present(run.cause, "cause"), run.attempt, why, true);
    } catch (error) {
      run.log.warn("lease could not be released; it ends with this invocation", told(failureOf(error)));
    }
  }
}

const told = ({ code, message }: Failure) => ({ code, error: message });

const expiring = ({ code, message }: Failure): Failure => ({
  code: "EXPIRING",
  message: `the message would expire in its queue before the next attempt. Send it back from the dead letters. The last failure was ${code}: ${message}`,
});
