import { readAttributes } from "../../../../protocol/dead-letter.ts";
import type { LambdaContext, SqsRecord } from "../../../lambda.ts";
import type { Clock } from "../../../ports.ts";
import type { Arrival } from "./run.ts";

/** @param event a message of the step's queue; where delivery is direct, the event itself */
export function arrivalOf(
  event: { readonly message: SqsRecord } | { readonly direct: unknown },
  context: LambdaContext,
  clock: Clock,
): Arrival {
  const beganAt = clock.now();
  const times = { beganAt, endsAt: beganAt + context.getRemainingTimeInMillis() };
  if ("direct" in event) return { ...times, body: JSON.stringify(event.direct) ?? "null", message: undefined };
  const { messageId, receiptHandle, body, attributes, messageAttributes } = event.message;
  const sentBack = readAttributes((name) => messageAttributes?.[name]?.stringValue);
  return {
    ...times,
    body,
    message: {
      id: messageId,
      receiptHandle,
      receives: Number(attributes.ApproximateReceiveCount ?? 1),
      sentAt: Number(attributes.SentTimestamp ?? beganAt),
      redriven: sentBack !== undefined,
      ...(sentBack && { delivery: sentBack.delivery }),
      attempts: sentBack?.attempts ?? 0,
      ...(sentBack?.supplied && { supplied: sentBack.supplied }),
    },
  };
}
