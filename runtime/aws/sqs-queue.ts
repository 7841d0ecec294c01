import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Queue } from "../ports/queue.ts";
import { clientOptions } from "./client-options.ts";

export function sqsQueue(client = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false })): Queue {
  return {
    async send(url, body, attributes) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes)
          .filter(([, value]) => value !== "") // SQS refuses an empty one
          .map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
      );
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageAttributes }));
    },
    async hide(url, receiptHandle, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }),
      );
    },
  };
}
