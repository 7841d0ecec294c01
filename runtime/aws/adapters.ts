import type {
  DescribeReplayRequest,
  DescribeReplayResponse,
  PutEventsRequest,
  PutEventsResponse,
  StartReplayRequest,
} from "@aws-sdk/client-eventbridge";
import type { GetSecretValueRequest, GetSecretValueResponse } from "@aws-sdk/client-secrets-manager";
import type {
  ChangeMessageVisibilityRequest,
  DeleteMessageRequest,
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  ReceiveMessageRequest,
  ReceiveMessageResult,
  SendMessageRequest,
} from "@aws-sdk/client-sqs";
import type { Bus, Queue, QueueDepths, QueueReader, Replays, SecretStore } from "../ports.ts";
import { type AwsClient, awsClient, SERVICES } from "./client.ts";

type EventBridge = AwsClient<{
  readonly PutEvents: { readonly input: PutEventsRequest; readonly output: PutEventsResponse };
  readonly StartReplay: { readonly input: WithSeconds<StartReplayRequest>; readonly output: object };
  readonly DescribeReplay: { readonly input: DescribeReplayRequest; readonly output: DescribeReplayResponse };
}>;
/** In AWS JSON a time is a number of seconds since the epoch. */
type WithSeconds<T> = { readonly [K in keyof T]: Date extends T[K] ? number : T[K] };
type Sqs = AwsClient<{
  readonly SendMessage: { readonly input: SendMessageRequest; readonly output: object };
  readonly ChangeMessageVisibility: { readonly input: ChangeMessageVisibilityRequest; readonly output: object };
  readonly GetQueueAttributes: { readonly input: GetQueueAttributesRequest; readonly output: GetQueueAttributesResult };
  readonly ReceiveMessage: { readonly input: ReceiveMessageRequest; readonly output: ReceiveMessageResult };
  readonly DeleteMessage: { readonly input: DeleteMessageRequest; readonly output: object };
}>;
type SecretsManager = AwsClient<{
  readonly GetSecretValue: { readonly input: GetSecretValueRequest; readonly output: GetSecretValueResponse };
}>;

const eventBridge = (): EventBridge => awsClient(SERVICES.eventbridge);
const sqs = (): Sqs => awsClient(SERVICES.sqs);

/** @param name of the bus. */
export function eventBridgeBus(name: string, call = eventBridge()): Bus {
  return {
    async put(entries) {
      const { Entries = [] } = await call("PutEvents", {
        Entries: entries.map(({ source, detailType, detail }) => ({
          EventBusName: name,
          Source: source,
          DetailType: detailType,
          Detail: detail,
        })),
      });
      return entries.map((_, i) => (Entries[i]?.EventId ? undefined : (Entries[i]?.ErrorCode ?? "NoAnswer")));
    },
  };
}

/** @param archive ARN; `bus` too. Events of an archive can only be replayed to the bus they came from. */
export function eventBridgeReplays(archive: string, bus: string, call = eventBridge()): Replays {
  return {
    async start({ name, from, to, ruleArns }) {
      await call("StartReplay", {
        ReplayName: name,
        EventSourceArn: archive,
        EventStartTime: from / 1_000,
        EventEndTime: to / 1_000,
        Destination: { Arn: bus, FilterArns: [...ruleArns] },
      });
    },
    async find(name) {
      try {
        const { State = "", StateReason = "" } = await call("DescribeReplay", { ReplayName: name });
        return { name, state: State, reason: StateReason };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
  };
}

export function sqsQueue(call = sqs()): Queue {
  return {
    async send(url, body, attributes) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes)
          .filter(([, value]) => value !== "") // SQS refuses empty attributes
          .map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
      );
      await call("SendMessage", { QueueUrl: url, MessageBody: body, MessageAttributes });
    },
    async hide(url, receiptHandle, seconds) {
      await call("ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds });
    },
  };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export function sqsDepths(call = sqs()): QueueDepths {
  return {
    async of(url) {
      const { Attributes = {} } = await call("GetQueueAttributes", {
        QueueUrl: url,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      });
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      };
    },
  };
}

export function sqsReader(call = sqs()): QueueReader {
  return {
    async receive(url) {
      const { Messages = [] } = await call("ReceiveMessage", {
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
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
      await call("DeleteMessage", { QueueUrl: url, ReceiptHandle: receiptHandle });
    },
  };
}

export function secretsManager(call: SecretsManager = awsClient(SERVICES.secretsManager)): SecretStore {
  return {
    async read(arn) {
      const { SecretString } = await call("GetSecretValue", { SecretId: arn });
      if (SecretString === undefined) throw new Error("the secret is binary. Store it as text.");
      return SecretString;
    },
  };
}
