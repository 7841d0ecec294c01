import { addToScope } from "../../../logging/logger.ts";
import type { Clock } from "../../../ports.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** One line when a delivery begins (debug), and one when it has succeeded; failures are told by who decides what becomes of them. */
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

/** Puts the request's ids into the scope, where each log line finds them. */
export const correlation = (flow: string, step: string): StepMiddleware => ({
  before: ({ event: run }) => {
    const { correlationId, requestId } = present(run.cause, "cause").request;
    addToScope({ correlationId, requestId, flow, step });
  },
});
