import { isRetryLater } from "../../../../model/errors.ts";
import type { Retry } from "../../../../model/retry.ts";
import type { ReportWait } from "../../../admission.ts";
import { type Failure, failureFields, failureOf } from "../../../errors.ts";
import { formerNames } from "../../../ids.ts";
import { thrownFields } from "../../../logging/error-fields.ts";
import { publishAll } from "../../../publish/publish-all.ts";
import type { Services } from "../../../services.ts";
import { sendToDeadLetters } from "../delivery/dead-letters.ts";
import { deadLetterReports, failedReport } from "../delivery/failed-report.ts";
import { hide } from "../delivery/hide.ts";
import { decideOutcome, type Outcome } from "../delivery/outcome.ts";
import type { DeliveryRecords } from "../delivery/records.ts";
import { backoffSeconds } from "../delivery/retry-policy.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";
import { reportOwnWait } from "./report-waits.ts";

/** `undefined`: the error goes on to Middy and SQS, and the message comes back. Otherwise the message is deleted. */
type Response = "dead-lettered" | "refused" | undefined;
type Of<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>;

interface FailureOptions {
  readonly services: Services;
  readonly records: DeliveryRecords;
  readonly step: string;
  readonly retry: Retry;
  /** The flow declares compensations: a step that failed terminally stays failed, since the ledger compensates the completed steps. */
  readonly saga: boolean;
  /** Where the flow declares `admission`. */
  readonly reportWait: ReportWait | undefined;
}

/** Decides what happens to a delivery that failed, and does it: the message waits for another attempt, or goes to the dead letters. */
export function failure({ services, records, step, retry, saga, reportWait }: FailureOptions): StepMiddleware {
  const { environment, clock } = services;
  const iso = (ms = clock.now()) => new Date(ms).toISOString();

  return {
    onError: async ({ event: run, error }) => {
      const outcome = decideOutcome(run, error, { retry, now: clock.now(), random: services.random() });
      return apply(run, outcome, error);
    },
  };

  async function apply(run: Run, outcome: Outcome, error: Error | null | undefined): Promise<Response> {
    switch (outcome.kind) {
      case "return":
        run.log.error("message could not be handled; it comes back", {
          ...thrownFields(error),
          ...failureFields(outcome.failure),
        });
        return undefined;
      case "alone":
        run.log.debug(outcome.reason);
        return undefined;
      case "postpone":
        run.log.info(outcome.reason, { seconds: await hide(services, run, outcome.seconds) });
        return undefined;
      case "publish-later":
        return later(run, outcome, "result could not be published; it is published later");
      case "begin-later":
        return later(run, outcome, "delivery could not begin; it is tried again");
      case "dead-letter-result":
        await sendToDeadLetters(services, step, run, outcome.failure, outcome.attempts);
        run.log.error("result could not be published; message dead-lettered", failureFields(outcome.failure));
        return "dead-lettered";
      case "refuse":
        return refuse(run, outcome);
      case "retry":
        return tryAgain(run, outcome, error);
      case "dead-letter":
        return deadLetter(run, outcome, error);
    }
  }

  async function later(run: Run, { failure, seconds }: Of<"publish-later" | "begin-later">, line: string): Promise<undefined> {
    run.log.warn(line, { ...failureFields(failure), seconds: await hide(services, run, seconds) });
  }

  async function tryAgain(run: Run, { failure, seconds, attempt, counts }: Of<"retry">, error: unknown): Promise<undefined> {
    const cause = present(run.cause, "cause");
    if (!(await records.fail(cause, attempt, failure, counts, run))) {
      await hide(services, run, 1);
      run.log.warn("another attempt has taken over", failureFields(failure));
      return;
    }
    const next = clock.now() + (await hide(services, run, seconds)) * 1_000;
    const nextAttemptAt = iso(next);
    if (reportWait && !counts) await reportOwnWait(reportWait, run, next);
    const line = counts ? "attempt failed; it is tried again" : "not now; it is tried later";
    run.log.warn(line, { ...shownFields(run, failure, error), nextAttemptAt });
    // A repeated wait is reported once: a rate limit causes many, and none says anything new.
    if (!counts && attempt.before?.code === failure.code) return;
    const attempts = counts ? attempt.number : attempt.number - 1;
    const report = failedReport(
      { flow: environment.flow, step, ...formerNames(environment), cause },
      { failure, attempts, startedAt: attempt.startedAt, finishedAt: iso(), nextAttemptAt },
    );
    try {
      await publishAll(services, [report]);
    } catch (error) {
      // Only the report of a state that lasts for seconds is lost; the next one supersedes it.
      run.log.warn("StepFailed could not be published", failureFields(failureOf(error)));
    }
  }

  /**
   * Sends the message, then writes the record, then publishes: a crash in between makes a second dead letter at worst, and never none.
   * @returns `undefined` when one of these failed
   */
  async function deadLetter(
    run: Run,
    { failure, attempts, startedAt, terminal }: Of<"dead-letter">,
    thrown: unknown,
  ): Promise<Response> {
    const cause = present(run.cause, "cause");
    const reports = deadLetterReports({ flow: environment.flow, step, ...formerNames(environment), cause }, environment, {
      failure,
      attempts,
      startedAt,
      finishedAt: iso(),
      terminal,
      unknownOutcome: (run.unknown?.size ?? 0) > 0,
    });
    const messageId = run.arrival.message?.id ?? "";
    const final = terminal && saga && cause.compensates === undefined;
    try {
      await sendToDeadLetters(services, step, run, failure, attempts);
      if (!(await records.deadLetter(cause, run.attempt, failure, { reports, messageId, final, calls: run }))) {
        run.log.warn("message dead-lettered, but another message of the same cause has gone on", failureFields(failure));
        return "dead-lettered";
      }
      await publishAll(services, reports);
    } catch (error) {
      return comeBack(run, failure, "message could not be dead-lettered; it comes back", error);
    }
    run.log.error("step failed; message dead-lettered", { ...shownFields(run, failure, thrown), attempts });
    return "dead-lettered";
  }

  /** Writes the record, then publishes: a message that comes again publishes the stored reports. */
  async function refuse(run: Run, { failure, attempts, startedAt }: Of<"refuse">): Promise<Response> {
    const cause = present(run.cause, "cause");
    const origin = { flow: environment.flow, step, ...formerNames(environment), cause };
    const report = { failure, attempts, startedAt, finishedAt: iso(), nextAttemptAt: undefined, givenUp: true };
    const reports = [failedReport(origin, report)];
    try {
      if (!(await records.deadLetter(cause, run.attempt, failure, { reports, messageId: "", final: true }))) return "refused";
      await publishAll(services, reports);
    } catch (error) {
      return comeBack(run, failure, "invalid payload could not be reported; the message comes back", error);
    }
    run.log.warn("the payload is invalid; its request fails", failureFields(failure));
    return "refused";
  }

  async function comeBack(run: Run, failure: Failure, line: string, error: unknown): Promise<undefined> {
    run.log.error(line, failureFields(failureOf(error)));
    await release(run, failure);
    await hide(services, run, backoffSeconds(retry, run.arrival.message?.receives ?? 1, services.random()));
  }

  /** Otherwise the message would have to wait until the lease ends. */
  async function release(run: Run, failure: Failure): Promise<void> {
    if (!run.attempt) return;
    try {
      await records.fail(present(run.cause, "cause"), run.attempt, failure, true, run);
    } catch (error) {
      run.log.warn("lease could not be released; it ends with this invocation", failureFields(failureOf(error)));
    }
  }
}

/** Where an attempt was made, the handler or what it called threw the error: the line says where. A wait has no place to show. */
const shownFields = (run: Run, failure: Failure, error: unknown) => ({
  ...(run.attempt && !isRetryLater(error) && thrownFields(error)),
  ...failureFields(failure),
});
