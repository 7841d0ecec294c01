import { causeOf } from "../../../envelope/cause.ts";
import { readEvent } from "../../../envelope/read-event.ts";
import type { Services } from "../../../services.ts";
import type { StepMiddleware } from "../delivery/run.ts";

/**
 * Reads the event from the message. What is no event of the hub goes to the dead letters at once: no attempt can make it one,
 * and there is no request to tell of it.
 */
export const parseEnvelope = (services: Services, step: string): StepMiddleware => ({
  before: async ({ event: run }) => {
    const { environment, queue } = services;
    const event = readEvent(parse(run.arrival.body));
    if (typeof event === "string") {
      await queue.send(environment.deadLetterUrl, run.arrival.body, {
        flow: environment.flow,
        step,
        errorCode: "UNREADABLE_EVENT",
        attempts: "0",
      });
      run.log.error("message is not an event; it lies in the dead letters", {
        code: "UNREADABLE_EVENT",
        error: event,
        flow: environment.flow,
        step,
      });
      return "dead-lettered";
    }
    run.event = event;
    run.cause = causeOf(event.metadata.eventId, [{ part: "", event }], environment);
    return undefined;
  },
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
