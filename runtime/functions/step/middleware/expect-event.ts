import { TerminalError } from "../../../../model/errors.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { awaitedBy } from "../../../../model/graph.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** Refuses an event that the step does not wait for: a rule matches too much, or someone put it into the queue. */
export const expectEvent = (step: AnyStep): StepMiddleware => {
  const awaited = new Set(awaitedBy(step).map((event) => event.type as string));
  return {
    before: ({ event: run }) => {
      const { name } = present(run.event, "event");
      if (!awaited.has(name)) {
        throw new TerminalError(
          `${name} is not among what the step waits for (${[...awaited].join(", ")}). Look at the rule of its queue.`,
          { code: "UNEXPECTED_EVENT" },
        );
      }
    },
  };
};
