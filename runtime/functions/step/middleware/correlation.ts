import { addToScope } from "../../../logging/scope.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** Puts the request's ids into the scope, where each log line finds them. */
export const correlation = (flow: string, step: string): StepMiddleware => ({
  before: ({ event: run }) => {
    const { correlationId, requestId } = present(run.cause, "cause").request;
    addToScope({ correlationId, requestId, flow, step });
  },
});
