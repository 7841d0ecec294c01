import { type CountedField, sizesOf } from "../../../../model/counted.ts";
import { type EmittedEvent, type LeftOut, LISTED_EVENTS } from "../../../../model/envelope.ts";
import type { AnyEvent } from "../../../../model/event.ts";
import { isLeftOut, leftOutBy, type StepFilter } from "../../../../model/filter/left-out.ts";
import type { Cancellation } from "../../../../protocol/cancel.ts";
import { amountOf } from "../../../amount.ts";
import { waitOf } from "../../../backoff.ts";
import { firstKeys } from "../../../business-keys.ts";
import type { ReadCancellation } from "../../../cancellations.ts";
import { type Cause, causesOf, countNames } from "../../../envelope/cause.ts";
import { failureOf } from "../../../errors.ts";
import { formerNames } from "../../../ids.ts";
import { addToScope } from "../../../logging/scope.ts";
import { TableBusyError } from "../../../ports.ts";
import { succeededEntry } from "../../../publish/entries.ts";
import { publishAll } from "../../../publish/publish-all.ts";
import { assertStorable, type Emitted, emittedOf } from "../../../publish/result.ts";
import type { Services } from "../../../services.ts";
import type { Validators } from "../../../validators.ts";
import { beginAttempt } from "../delivery/attempt-spans.ts";
import { cancelledReports } from "../delivery/cancelled-reports.ts";
import { OnlyAloneError, PostponedError, UsedUpError } from "../delivery/errors.ts";
import type { DeliveryRecords } from "../delivery/records.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";
import { continuedReports } from "./collect-join.ts";

const SOON_MS = 1_000;

/** The attempt has begun, and uses none up. */
const unread = (error: unknown): never => {
  throw new TableBusyError(`whether the request is cancelled could not be read: ${failureOf(error).message}`);
};

interface Publishing {
  /** Of the step. */
  readonly name: string;
  readonly emits: readonly AnyEvent[];
  /** Of all steps of the flow: which of the published events do not reach them. */
  readonly filters: readonly StepFilter[];
  /** By which joins of the flow count. */
  readonly counts: readonly CountedField[];
}

/**
 * Idempotency, attempt count and audit. Before the handler: counts the attempt and takes the lease, or publishes the stored result
 * again. After it: stores the result before any of it is published.
 */
export function deliveryRecord(
  services: Services,
  { records, cancelled: readCancellation }: { readonly records: DeliveryRecords; readonly cancelled: ReadCancellation },
  { name, emits, filters, counts }: Publishing,
  validators: Validators,
): StepMiddleware {
  const { environment, clock } = services;
  /** Most deliveries are done long before their lease ends. */
  const busyUntil = (leaseUntil: number, message: Run["arrival"]["message"]) => {
    const now = clock.now();
    return now + waitOf({ jitter: "none", base: 2 * SOON_MS, cap: leaseUntil - now }, message?.receives ?? 1, 0);
  };
  /**
   * Ends a delivery of a cancelled request, as a result that is stored and published again. One whose calls may have taken effect goes on:
   * only its result says what there is to compensate.
   */
  async function skipped(run: Run, cause: Cause, cancelled: Cancellation): Promise<boolean> {
    const attempt = present(run.attempt, "attempt");
    if (attempt.unknown.length > 0) return false;
    const at = new Date(clock.now()).toISOString();
    const entries = cancelledReports(environment, name, cause, { attempt, cancelled, at });
    if (!(await records.succeed(cause, attempt, at, entries)))
      throw new PostponedError("another attempt has taken over", clock.now() + SOON_MS);
    run.entries = entries;
    await publishAll(services, entries);
    run.log.info("the request is cancelled; the step does not run", { delivery: cause.delivery, by: cancelled.by });
    return true;
  }

  return {
    before: async ({ event: run }) => {
      const cause = present(run.cause, "cause");
      const { message, endsAt, alone } = run.arrival;
      // Beside the first write, so that it costs no time. A compensation runs because its request is cancelled.
      const reading = cause.compensates === undefined ? readCancellation(cause.request.requestId) : undefined;
      // Thrown below, once the attempt is known.
      reading?.catch(() => {});
      const started = await records.start(cause, endsAt, message ?? { id: "", redriven: false, attempts: 0 }, alone);
      switch (started.kind) {
        case "started": {
          run.attempt = started.attempt;
          run.unknown = new Set(started.attempt.unknown);
          run.unreadable = new Map(Object.entries(started.attempt.unreadable));
          if (message?.supplied)
            run.log.info("an operator supplied answers of calls", {
              calls: Object.keys(message.supplied.answers),
              by: message.supplied.by,
            });
          if (message) run.slots = new Map(started.attempt.slots);
          const cancelled = reading && (await reading.catch(unread));
          if (cancelled && (await skipped(run, cause, cancelled))) return "cancelled";
          addToScope({ attempt: started.attempt.number });
          beginAttempt(run, name, started.attempt.number);
          if (started.attempt.died)
            run.log.warn("the process of an earlier attempt died; the delivery is handled by itself", {
              delivery: cause.delivery,
              died: started.attempt.died,
            });
          return undefined;
        }
        case "busy":
          throw new PostponedError("another message of the same cause is being handled", busyUntil(started.until, message));
        case "only-alone":
          throw new OnlyAloneError(started.record);
        case "used-up":
          run.unknown = new Set(records.unknownOf(started.record));
          run.unreadable = new Map(Object.entries(started.record.unreadable));
          throw new UsedUpError(started.record);
        case "done":
        case "dead-lettered":
          run.entries = started.record.entries;
          await publishAll(services, run.entries);
          run.log.info("delivered before; stored result published again", {
            delivery: cause.delivery,
            state: started.record.state,
          });
          return started.kind;
      }
    },

    after: async (request) => {
      const { event: run } = request;
      const cause = present(run.cause, "cause");
      const attempt = present(run.attempt, "attempt");
      const finishedAt = new Date(clock.now()).toISOString();
      const causes = causesOf(cause);
      const origin = { flow: environment.flow, step: name, request: cause.request, causes, hop: cause.hop };
      const emitted = emittedOf(request.response, emits, validators, origin, finishedAt);
      const sizes = sizesOf(counts, emitted);
      const keys = firstKeys(emitted.flatMap((event) => event.keys));
      const timing = { step: name, attempts: attempt.number, startedAt: attempt.startedAt, finishedAt };
      const { flow, graph, formerly } = environment;
      const entries = [
        ...emitted.map(({ entry }) => entry),
        succeededEntry(origin, {
          ...timing,
          ...formerNames(environment),
          delivery: cause.delivery,
          causes,
          ...(cause.own && { parts: cause.own }),
          ...(cause.compensates !== undefined && { compensates: cause.compensates }),
          ...(emitted.length > LISTED_EVENTS ? counted(emitted, filters) : { emitted: listed(emitted, filters) }),
          ...(keys.length > 0 && { keys }),
          ...(sizes && { sizes }),
        }),
        ...continuedReports(cause, { ...timing, flow, graph, ...(formerly && { formerly }) }),
      ];
      assertStorable(entries, run.kept?.input);
      if (!(await records.succeed(cause, attempt, finishedAt, entries, run.kept))) {
        throw new PostponedError("another attempt has taken over; this one's result is dropped", clock.now() + SOON_MS);
      }
      run.entries = entries;
      request.response = "done";
    },
  };
}

const listed = (emitted: readonly Emitted[], filters: readonly StepFilter[]): readonly EmittedEvent[] =>
  emitted.map((event) => {
    const leftOut = leftOutBy(filters, event);
    return { name: event.name, eventId: event.eventId, ...(leftOut.length > 0 && { leftOut }) };
  });

function counted(emitted: readonly Emitted[], filters: readonly StepFilter[]) {
  const leftOut = filters.flatMap((filter): readonly LeftOut[] => {
    const out = emitted.filter((event) => isLeftOut(filter, event));
    const [first] = out;
    return first ? [{ steps: filter.step, event: first.name, ...amountOf(out.map(({ eventId }) => eventId)) }] : [];
  });
  return { emitted: [], emittedCounts: countNames(emitted), ...(leftOut.length > 0 && { leftOut }) };
}

/** Publishes the stored entries. If this fails, a rerun publishes the same events with the same ids. */
export const publish = (services: Services): StepMiddleware => ({
  after: ({ event: { entries } }) => publishAll(services, present(entries, "result")),
});
