import { type RequestOfStep, requestsOf } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import type { Services } from "../../../services.ts";
import type { Run } from "./run.ts";

/** Attribute that every dead letter of the runtime carries, and by which it is known when it is sent back. */
export const ERROR_CODE = "errorCode";

/** Attribute with the attempts so far; those of a message that is sent back are counted on. */
export const ATTEMPTS = "attempts";

/** Attribute with the requests that take part in the delivery where there are several, JSON, the one that goes on first. */
export const REQUESTS = "requests";

/** A request as a dead letter names it. */
export type DeadLetterRequest = Pick<RequestOfStep, "requestId" | "correlationId" | "tenant" | "graph">;
const idsOf = ({ requestId, correlationId, tenant, graph }: RequestOfStep): DeadLetterRequest => ({
  requestId,
  correlationId,
  tenant,
  graph,
});

/** Attributes count towards the size of a message, which holds 1 MB. */
const LONGEST_MESSAGE = 1_000;
// SQS refuses control characters in attributes.
const cut = (text: string) =>
  text
    .replaceAll(/\p{Cc}+/gu, " ")
    .slice(0, LONGEST_MESSAGE)
    .toWellFormed();

/** Sends the original message to the flow's dead-letter queue, with attributes that say where it comes from and why. */
export async function sendToDeadLetters(
  services: Services,
  step: string,
  run: Run,
  failure: Failure,
  attempts: number,
): Promise<void> {
  const { environment, queue } = services;
  const { requestId = "", correlationId = "" } = run.cause?.request ?? {};
  const requests = run.cause ? requestsOf(run.cause, environment).map(({ request }) => idsOf(request)) : [];
  await queue.send(environment.deadLetterUrl, run.arrival.body, {
    flow: environment.flow,
    step,
    requestId,
    correlationId,
    ...(requests.length > 1 && { [REQUESTS]: JSON.stringify(requests) }),
    [ERROR_CODE]: failure.code,
    [ATTEMPTS]: String(attempts),
    delivery: run.cause?.delivery ?? "",
    message: cut(failure.message),
  });
}
