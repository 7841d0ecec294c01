import { GetQueueAttributesCommand, QueueDoesNotExist, type SQSClient } from "@aws-sdk/client-sqs";
import type { DeployedQueue } from "./removed-queues.ts";

export interface Undrained extends DeployedQueue {
  /** Approximate number of messages: visible, in flight and delayed. */
  readonly messages: number;
}

const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/**
 * Asks SQS which of these queues hold messages. The counts may lag behind by a minute.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
 */
export async function undrained(queues: readonly DeployedQueue[], sqs: SQSClient): Promise<readonly Undrained[]> {
  const counted = await Promise.all(queues.map(async (queue) => ({ ...queue, messages: await countOf(queue.url, sqs) })));
  return counted.filter(({ messages }) => messages > 0);
}

async function countOf(url: string, sqs: SQSClient): Promise<number> {
  try {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] }));
    return COUNTS.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return 0; // deleted by hand, so no message can be lost
    throw error;
  }
}

/** @returns a queue and the remedy, for the user */
export function describeUndrained({ urn, url, messages }: Undrained): string {
  const name = urn.slice(urn.lastIndexOf("::") + 2);
  const remedy = /dead-letters$/.test(name)
    ? `Redrive or delete them first (${url}). If the flow was only renamed, list its former name in \`formerly\``
    : `Let the deployed step process them, or move them (aws sqs start-message-move-task). If the step or flow was only renamed, list its former name in \`formerly\``;
  return `${name} holds ${messages} message${messages === 1 ? "" : "s"}, and the program no longer declares it. ${remedy}.`;
}
