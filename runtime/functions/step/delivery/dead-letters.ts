import { type DeadLetterRequest, writeAttributes } from "../../../../protocol/dead-letter.ts";
import { type RequestOfStep, requestsOf } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import type { Services } from "../../../services.ts";
import type { Run } from "./run.ts";

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

/** Sends the original message to the flow's dead-letter queue, with attributes for origin and reason. */
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
  const attributes = writeAttributes({
    flow: environment.flow,
    step,
    requestId,
    correlationId,
    ...(requests.length > 1 && { requests }),
    errorCode: failure.code,
    attempts,
    delivery: run.cause?.delivery ?? "",
    message: cut(failure.message),
  });
  await queue.send(environment.deadLetterUrl, run.arrival.body, attributes);
}
