import { addToScope } from "../../../logging/logger.ts";
import type { Clock } from "../../../ports.ts";
import { traceIdOf } from "../../../tracing/trace-ids.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

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

/** Adds the request's ids to the log scope. */
export const correlation = (flow: string, step: string): StepMiddleware => ({
  before: ({ event: run }) => {
    const { correlationId, requestId } = present(run.cause, "cause").request;
    addToScope({ correlationId, requestId, flow, step, traceId: traceIdOf(requestId) });
  },
});
