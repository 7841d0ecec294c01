import { type DeadLetterRequest, type OpenCalls, writeAttributes } from "../../../../protocol/dead-letter.ts";
import { type RequestOfStep, requestsOf } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import type { Services } from "../../../services.ts";
import { CRASHED } from "../../../third-party/unknown-outcomes.ts";
import type { Run } from "./run.ts";

const idsOf = ({ requestId, correlationId, tenant, graph, startedAs }: RequestOfStep): DeadLetterRequest => ({
  requestId,
  correlationId,
  tenant,
  graph,
  ...(startedAs !== undefined && { startedAs }),
});

/** Attributes count towards the size of a message, which holds 1 MB. */
const LONGEST_MESSAGE = 1_000;
// SQS refuses control characters in attributes.
const cut = (text: string) =>
  text
    .replaceAll(/\p{Cc}+/gu, " ")
    .slice(0, LONGEST_MESSAGE)
    .toWellFormed();

/** Most calls that a dead letter names; more count as calls without a name. */
const MOST_CALLS = 50;

function callsOf({ unknown = new Set(), unreadable, attempt }: Run): { readonly calls?: OpenCalls } {
  const open = [...unknown].filter((call) => !Object.hasOwn(attempt?.answers ?? {}, call));
  if (open.length === 0) return {};
  const named = open.slice(0, MOST_CALLS).map((call) => [call, unreadable?.get(call) ?? null] as const);
  return { calls: Object.fromEntries(open.length > MOST_CALLS ? [...named, [CRASHED, null] as const] : named) };
}

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
    ...callsOf(run),
  });
  await queue.send(environment.deadLetterUrl, run.arrival.body, attributes);
}
