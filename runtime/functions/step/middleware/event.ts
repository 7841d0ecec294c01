import { MAX_HOPS } from "../../../../model/envelope.ts";
import { TerminalError } from "../../../../model/errors.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { awaitedBy } from "../../../../model/graph.ts";
import { causeOf, type ReceivedEvent } from "../../../envelope/cause.ts";
import { parseJson, readEvent } from "../../../envelope/read-event.ts";
import type { Services } from "../../../services.ts";
import { faultsOf, type Validators, validatorOf } from "../../../validators.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/**
 * Reads the event from the message. A message that is not an event of the hub is dead-lettered at once: no attempt can help, and there is
 * no request to report to.
 */
export const parseEnvelope = (services: Services, step: string): StepMiddleware => ({
  before: async ({ event: run }) => {
    const { environment, queue } = services;
    const event = readEvent(parseJson(run.arrival.body));
    if (typeof event === "string") {
      await queue.send(environment.deadLetterUrl, run.arrival.body, {
        flow: environment.flow,
        step,
        errorCode: "UNREADABLE_EVENT",
        attempts: "0",
      });
      run.log.error("message is not an event; dead-lettered", {
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

/** Stops endless chains of events: Lambda's recursion detection does not cover EventBridge. */
export const hopLimit: StepMiddleware = {
  before: ({ event: run }) => {
    const { hop } = present(run.event, "event").metadata;
    if (hop > MAX_HOPS) {
      throw new TerminalError(
        `the event is ${hop} events away from the first one, and the limit is ${MAX_HOPS}. Remove the cycle from the flow.`,
        { code: "HOP_LIMIT" },
      );
    }
  },
};

/** Refuses an event that the step does not wait for: a rule matches too much, or something else sent to the queue. */
export const expectEvent = (step: AnyStep): StepMiddleware => {
  const awaited = new Set(awaitedBy(step).map((event) => event.type as string));
  return {
    before: ({ event: run }) => {
      const { name } = present(run.event, "event");
      if (!awaited.has(name)) {
        throw new TerminalError(
          `the step does not wait for ${name}, only for ${[...awaited].join(", ")}. Check the rule of its queue.`,
          { code: "UNEXPECTED_EVENT" },
        );
      }
    },
  };
};

/** Validates the payloads, fills in defaults, and makes the handler's input. */
export const validatePayload = (step: AnyStep, validators: Validators): StepMiddleware => ({
  before: ({ event: run }) => {
    const { parts } = present(run.cause, "cause");
    for (const { event } of parts) assertPayload(event, validators);
    run.input =
      step.on.kind === "event" ? parts[0]?.event.data : Object.fromEntries(parts.map(({ part, event }) => [part, event.data]));
    if (step.compensate) run.kept = JSON.stringify(run.input);
  },
});

/** @throws TerminalError `INVALID_PAYLOAD` that names each faulty field */
export function assertPayload({ name, data }: ReceivedEvent, validators: Validators): void {
  const faults = faultsOf(validatorOf(validators.events, name), data);
  if (faults !== undefined) {
    throw new TerminalError(`the payload of ${name} does not match its schema: ${faults}. Publish data that matches it.`, {
      code: "INVALID_PAYLOAD",
    });
  }
}
