import { MOVED_FROM } from "../../../protocol/dead-letter.ts";
import { RENEWED_AFTER_SECONDS } from "../../../protocol/limits.ts";
import type { SqsRecord } from "../../lambda.ts";
import type { Clock, Queue } from "../../ports.ts";

/**
 * Sends a message to its dead-letter queue again that can't be recorded and grows old: SQS would drop it without a word.
 * @returns true when the message may be deleted: the new one has taken its place
 */
export async function renew(
  { queue, clock }: { readonly queue: Queue; readonly clock: Clock },
  record: SqsRecord,
): Promise<boolean> {
  const sentAt = Number(record.attributes.SentTimestamp ?? clock.now());
  const { eventSourceARN, body, messageAttributes } = record;
  if (eventSourceARN === undefined || clock.now() - sentAt < RENEWED_AFTER_SECONDS * 1_000) return false;
  const movedFrom = record.attributes.DeadLetterQueueSourceArn;
  const texts = Object.entries(messageAttributes ?? {}).map(([name, { stringValue = "" }]) => [name, stringValue] as const);
  await queue.send(urlOf(eventSourceARN), body, {
    ...Object.fromEntries(texts),
    ...(movedFrom !== undefined && { [MOVED_FROM]: movedFrom }),
  });
  return true;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
function urlOf(arn: string): string {
  const [, partition, , region, account, name] = arn.split(":");
  return `https://sqs.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}/${account}/${name}`;
}
