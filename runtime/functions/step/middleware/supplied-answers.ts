import type { AnyStep } from "../../../../model/flow.ts";
import { failureOf } from "../../../errors.ts";
import type { AnyOperation } from "../../../third-party/context.ts";
import { suppliedValue } from "../../../third-party/supplied.ts";
import type { Validators } from "../../../validators.ts";
import { BlockedError } from "../delivery/errors.ts";
import type { StepMiddleware } from "../delivery/run.ts";

/** Checks the answers that an operator supplied, before any attempt begins: a wrong one makes the message a dead letter again. */
export const checkSuppliedAnswers = (step: AnyStep, validators: Validators): StepMiddleware => {
  const operations = new Map(
    Object.values(step.uses ?? {}).flatMap((adapter) =>
      Object.entries<AnyOperation>(adapter.operations).map(
        ([name, operation]) => [`${adapter.name}.${name}`, operation] as [string, AnyOperation],
      ),
    ),
  );
  return {
    before: ({ event: { arrival } }) => {
      for (const [call, given] of Object.entries(arrival.message?.supplied?.answers ?? {})) {
        const name = call.replace(/#\d+$/, "");
        const operation = operations.get(name);
        if (!operation)
          throw new BlockedError("ANSWER_INVALID", `the step has no operation ${name} now. Redrive or discard the dead letter.`);
        try {
          suppliedValue(name, operation, given, validators);
        } catch (error) {
          throw new BlockedError("ANSWER_INVALID", failureOf(error).message);
        }
      }
    },
  };
};
