import { DescribeReplayCommand, EventBridgeClient, PutEventsCommand, StartReplayCommand } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Bus, Queue, QueueDepths, QueueReader, Replays, SecretStore } from "../ports.ts";

/**
 * Options of every AWS client: fail fast and retry instead of waiting for a lost packet. Region, endpoint and credentials come from
 * the environment that Lambda sets.
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
} as const;

/** @param name of the bus. */
export function eventBridgeBus(name: string, client = new EventBridgeClient(clientOptions)): Bus {
  return {
    async put(entries) {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: entries.map(({ source, detailType, detail }) => ({
            EventBusName: name,
            Source: source,
            DetailType: detailType,
            Detail: detail,
          })),
        }),
      );
      return entries.map((_, i) => (Entries[i]?.EventId ? undefined : (Entries[i]?.ErrorCode ?? "NoAnswer")));
    },
  };
}

/** @param archive ARN; `bus` too. Events of an archive can only be replayed to the bus they came from. */
export function eventBridgeReplays(archive: string, bus: string, client = new EventBridgeClient(clientOptions)): Replays {
  return {
    async start({ name, from, to, ruleArns }) {
      await client.send(
        new StartReplayCommand({
          ReplayName: name,
          EventSourceArn: archive,
          EventStartTime: new Date(from),
          EventEndTime: new Date(to),
          Destination: { Arn: bus, FilterArns: [...ruleArns] },
        }),
      );
    },
    async find(name) {
      try {
        const { State = "", StateReason = "" } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
        return { name, state: State, reason: StateReason };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
  };
}

export function sqsQueue(client = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false })): Queue {
  return {
    async send(url, body, attributes) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes)
          .filter(([, value]) => value !== "") // SQS refuses empty attributes
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

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export function sqsDepths(client = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false })): QueueDepths {
  return {
    async of(url) {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
          ],
        }),
      );
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      };
    },
  };
}

export function sqsReader(client = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false })): QueueReader {
  return {
    async receive(url) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"],
        }),
      );
      return Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes = {}, MessageAttributes = {} }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: Attributes,
        messageAttributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { StringValue, DataType = "String" }]) => [
            name,
            { dataType: DataType, ...(StringValue !== undefined && { stringValue: StringValue }) },
          ]),
        ),
      }));
    },
    async remove(url, receiptHandle) {
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receiptHandle }));
    },
  };
}

export function secretsManager(client = new SecretsManagerClient(clientOptions)): SecretStore {
  return {
    async read(arn) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (SecretString === undefined) throw new Error("the secret is binary. Store it as text.");
      return SecretString;
    },
  };
}
