import { TerminalError } from "../../../../model/errors.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import type { ReceivedEvent } from "../../../envelope/cause.ts";
import { faultsOf, type Validators, validatorOf } from "../../../validators.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** Checks the payloads against their schemas, fills in defaults, and makes of them what the handler is called with. */
export const validatePayload = (step: AnyStep, validators: Validators): StepMiddleware => ({
  before: ({ event: run }) => {
    const { parts } = present(run.cause, "cause");
    for (const { event } of parts) assertPayload(event, validators);
    run.input =
      step.on.kind === "event" ? parts[0]?.event.data : Object.fromEntries(parts.map(({ part, event }) => [part, event.data]));
    if (step.compensate) run.kept = JSON.stringify(run.input);
  },
});

/** @throws TerminalError `INVALID_PAYLOAD` that names each field at fault */
export function assertPayload({ name, data }: ReceivedEvent, validators: Validators): void {
  const faults = faultsOf(validatorOf(validators.events, name), data);
  if (faults !== undefined) {
    throw new TerminalError(`the payload of ${name} is not of its schema: ${faults}. Publish what the schema says.`, {
      code: "INVALID_PAYLOAD",
    });
  }
}
