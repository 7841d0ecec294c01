import { GetQueueAttributesCommand, QueueDoesNotExist, type SQSClient } from "@aws-sdk/client-sqs";
import type { DeployedQueue } from "./removed-queues.ts";

export interface Undrained extends DeployedQueue {
  /** Messages that it holds, about: waiting, being worked on, and delayed. */
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
    if (error instanceof QueueDoesNotExist) return 0; // taken away by hand: nothing left to lose
    throw error;
  }
}

/** @returns the sentence for the user */
export function tellUndrained({ urn, url, messages }: Undrained): string {
  const name = urn.slice(urn.lastIndexOf("::") + 2);
  const remedy = /dead-letters$/.test(name)
    ? `Send them back or delete them first (${url}); a flow that was only renamed lists its former name in \`formerly\``
    : `Let the deployed step work them off, or move them (aws sqs start-message-move-task); a step or flow that was only renamed lists its former name in \`formerly\``;
  return `${name} holds ${messages} message${messages === 1 ? "" : "s"}, and the program no longer has it. ${remedy}.`;
}
