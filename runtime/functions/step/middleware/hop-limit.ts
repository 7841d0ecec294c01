import { MAX_HOPS } from "../../../../model/envelope.ts";
import { TerminalError } from "../../../../model/errors.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** Ends a flow that chases its own tail: Lambda's own recursion detection does not see EventBridge. */
export const hopLimit: StepMiddleware = {
  before: ({ event: run }) => {
    const { hop } = present(run.event, "event").metadata;
    if (hop > MAX_HOPS) {
      throw new TerminalError(
        `the event is ${hop} events away from the first one, and ${MAX_HOPS} is the limit. Look for a circle in the flow.`,
        { code: "HOP_LIMIT" },
      );
    }
  },
};
