import { MAX_HOPS } from "../../../../model/envelope.ts";
import { TerminalError } from "../../../../model/errors.ts";
import { type AnyEvent, namesOf } from "../../../../model/event.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { awaitedBy } from "../../../../model/graph.ts";
import { causeOf } from "../../../envelope/cause.ts";
import { parseJson, readEvent } from "../../../envelope/read-event.ts";
import { hideInScope } from "../../../logging/scope.ts";
import { valuesOf } from "../../../mask.ts";
import { assertRoomFor } from "../../../publish/result.ts";
import type { Services } from "../../../services.ts";
import type { Validators } from "../../../validators.ts";
import { BlockedError } from "../delivery/errors.ts";
import { payloadOf, payloadOfEvent } from "../delivery/payload.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/**
 * Reads the event from the message. A message that is not an event of the hub is dead-lettered at once: no attempt can help, and there is
 * no request to report to.
 */
export const parseEnvelope = (services: Services, step: string): StepMiddleware => ({
  before: ({ event: run }) => {
    const event = readEvent(parseJson(run.arrival.body));
    if (typeof event === "string") return deadLetter(services, step, run, event);
    run.event = event;
    run.cause = causeOf(event.metadata.eventId, [{ part: "", event }], services.environment);
    return undefined;
  },
});

async function deadLetter({ environment: { flow, deadLetterUrl }, queue }: Services, step: string, run: Run, fault: string) {
  const code = "UNREADABLE_EVENT";
  await queue.send(deadLetterUrl, run.arrival.body, { flow, step, errorCode: code, attempts: "0" });
  run.log.error("message is not an event; dead-lettered", { code, error: fault, flow, step });
  return "dead-lettered";
}

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

/** Refuses an event that the step does not wait for: the step changed since, a rule matches too much, or something else sent to the queue. */
export const expectEvent = (step: AnyStep): StepMiddleware => {
  const awaited = new Set(awaitedBy(step).flatMap(namesOf));
  return {
    before: ({ event: run }) => {
      const { name } = present(run.event, "event");
      if (!awaited.has(name)) {
        throw new BlockedError(
          "UNEXPECTED_EVENT",
          `the step does not wait for ${name}, only for ${[...awaited].join(", ")}. Deploy code that does, or check the rule of its queue.`,
        );
      }
    },
  };
};

/** Lifts and validates the payloads, fills in defaults, and makes the handler's input. */
export const validatePayload = (step: AnyStep, validators: Validators): StepMiddleware => ({
  before: ({ event: run }) => {
    const { parts, missing } = present(run.cause, "cause");
    run.eventVersion = Math.min(...parts.map(({ event }) => event.metadata.version));
    const versions: Record<string, number> = {};
    const payloads = parts.map(({ part, event: { name, metadata, data }, event }) => {
      const contract = contractIn(step, name);
      versions[part] = contract.version;
      // A part was checked when it was collected, so its caller is not to blame.
      const payload =
        step.on.kind === "event"
          ? payloadOfEvent(event, contract, validators)
          : payloadOf({ contract, version: metadata.version, data }, validators);
      return [part, payload] as const;
    });
    const all = payloads.flatMap(([part, payload]) => (part === "all" ? [payload] : []));
    run.input =
      step.on.kind === "event" ? payloads[0]?.[1] : { ...Object.fromEntries(payloads), ...(step.on.counted && { all, missing }) };
    hideInScope(valuesOf(run.input, validators.personal));
    if (!step.compensate) return;
    run.kept = { input: JSON.stringify(run.input), versions };
    assertRoomFor(run.kept.input);
  },
});

const contractIn = (step: AnyStep, name: string): AnyEvent =>
  present(
    awaitedBy(step).find((event) => namesOf(event).includes(name)),
    `contract of ${name}`,
  );
