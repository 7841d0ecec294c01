import { isRetryLater } from "../../../../model/errors.ts";
import { measure } from "../../../logging/metric.ts";
import { addToScope, debugInScope } from "../../../logging/scope.ts";
import type { Clock } from "../../../ports.ts";
import { traceIdOf } from "../../../tracing/trace-ids.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/** Logs that a delivery begins (debug), and that it succeeded. Failures are logged by the `failure` middleware. */
export const logger = (clock: Clock): StepMiddleware => ({
  before: ({ event: { log, event, arrival } }) => {
    const { name, metadata } = present(event, "event");
    log.debug("event received", { event: name, eventId: metadata.eventId, receives: arrival.message?.receives });
  },
  after: ({ event: { log, cause, entries = [], arrival } }) => {
    log.info("step succeeded", {
      delivery: present(cause, "cause").delivery,
      published: entries.map(({ detailType }) => detailType),
      durationMs: clock.now() - arrival.beganAt,
    });
  },
});

/** Measures each attempt: how long it took, whether it failed, and how long its message had waited. */
export const attemptMetrics = (clock: Clock, flow: string): StepMiddleware => {
  const ended = (run: Run, failures: number) => {
    const { beganAt, message } = run.arrival;
    // A wait that uses no attempt up is none. A result that can't be published is no second attempt.
    if (!run.attempt || run.measured) return;
    run.measured = true;
    const first = message?.receives === 1 && !message.redriven;
    measure(
      { flow },
      {
        StepAttempts: 1,
        StepFailures: failures,
        StepMilliseconds: clock.now() - beganAt,
        ...(first && { QueueMilliseconds: Math.max(0, beganAt - message.sentAt) }),
      },
    );
  };
  return {
    after: ({ event }) => ended(event, 0),
    onError: ({ event, error }) => {
      if (!isRetryLater(error)) ended(event, 1);
    },
  };
};

/** Adds the request's ids to the log scope, and logs every level for a request with `x-debug`. */
export const correlation = (flow: string, step: string): StepMiddleware => ({
  before: ({ event: run }) => {
    const { parts, request } = present(run.cause, "cause");
    const { correlationId, requestId } = request;
    if (parts.some(({ event }) => event.metadata.debug)) debugInScope();
    addToScope({ correlationId, requestId, flow, step, traceId: traceIdOf(requestId) });
  },
});
