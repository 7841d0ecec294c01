import { readAttributes } from "../../../../protocol/dead-letter.ts";
import type { LambdaContext, SqsRecord } from "../../../lambda.ts";
import type { Clock } from "../../../ports.ts";
import type { Arrival } from "./run.ts";

/**
 * @param event a message of the step's queue; where delivery is direct, the event itself
 * @param alone whether no other delivery is handled in this process at the same time
 */
export function arrivalOf(
  event: { readonly message: SqsRecord } | { readonly direct: unknown },
  context: LambdaContext,
  clock: Clock,
  alone: boolean,
): Arrival {
  const beganAt = clock.now();
  const common = { beganAt, endsAt: beganAt + context.getRemainingTimeInMillis(), alone };
  if ("direct" in event) return { ...common, body: JSON.stringify(event.direct) ?? "null", message: undefined };
  const { messageId, receiptHandle, body, attributes, messageAttributes } = event.message;
  const sentBack = readAttributes((name) => messageAttributes?.[name]?.stringValue);
  return {
    ...common,
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
      ...(sentBack?.edit !== undefined && { edit: sentBack.edit }),
    },
  };
}
