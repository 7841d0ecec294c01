import { AwsError, type Json } from "../endpoint/service.ts";
import type { QueueCounts } from "./message-table.ts";
import type { Queue } from "./queue-definition.ts";

/**
 * GetQueueAttributes' answer.
 * @param wanted names of attributes, or `All`
 * @throws AwsError InvalidAttributeName
 */
export function queueAttributes(queue: Queue, counts: QueueCounts, wanted: unknown): Json {
  const all = attributesOf(queue, counts);
  const names = Array.isArray(wanted) ? wanted.map(String) : [];
  const unknown = names.find((name) => name !== "All" && !(name in all));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  const picked = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (names.includes("All") || names.includes(name)),
  );
  return picked.length > 0 ? { Attributes: Object.fromEntries(picked) } : {};
}

const attributesOf = (queue: Queue, counts: QueueCounts): Record<string, string | undefined> => ({
  QueueArn: queue.arn,
  ApproximateNumberOfMessages: String(counts.visible),
  ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
  ApproximateNumberOfMessagesDelayed: String(counts.delayed),
  VisibilityTimeout: String(queue.visibilityMs / 1_000),
  MessageRetentionPeriod: String(queue.retentionMs / 1_000),
  DelaySeconds: String(queue.delayMs / 1_000),
  ReceiveMessageWaitTimeSeconds: String(queue.receiveWaitMs / 1_000),
  MaximumMessageSize: String(queue.maxMessageBytes),
  RedrivePolicy: queue.redrive && JSON.stringify(queue.redrive),
  Policy: queue.policy,
});
