import type { Clock } from "../clock.ts";
import { type Account, type Authorizer, AwsError, type Caller, type Json, type Service } from "../endpoint/service.ts";
import type { Store } from "../store.ts";
import { QUERY_CODES } from "./errors.ts";
import { fromWire, type MessageAttributes, toWireAttributes, type WireAttributes } from "./message-attributes.ts";
import type { MessageRow } from "./message-table.ts";
import type { QueueDeclaration } from "./queue-definition.ts";
import { QueueStore } from "./queue-store.ts";
import { checkBody, SqsApi, systemAttributes } from "./sqs-api.ts";

/** A message as a consumer receives it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, `ApproximateFirstReceiveTimestamp` and, where there is one, `DeadLetterQueueSourceArn` and `AWSTraceHeader`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: MessageAttributes;
}

/** In-process access to queues for other emulated services. The caller authorizes its calls. */
export interface QueuePort {
  /** Receives up to `max` messages with the queue's visibility timeout; waits up to `waitMs` for the first one. */
  receive(queueArn: string, options: { max: number; waitMs: number; signal?: AbortSignal }): Promise<readonly ReceivedMessage[]>;
  /** @returns JSON of the queue's resource-based policy. @throws AwsError for an unknown queue */
  policyOf(queueArn: string): string | undefined;
  /** Deletes a message. Does nothing when the message has been received again since. */
  delete(queueArn: string, receiptHandle: string): void;
  /** @returns the message's id */
  send(queueArn: string, body: string, messageAttributes?: MessageAttributes, delaySeconds?: number): string;
}

export interface QueuesOptions extends Account {
  /** Base of queue URLs, such as `http://127.0.0.1:4520`, for queues declared without a URL. */
  readonly baseUrl: string;
}

/** Message counts of a queue. */
export interface QueueStatistics {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message. */
  readonly oldestAgeSeconds: number;
  /** As `ApproximateAgeOfOldestMessage`: without messages that were received three times or more. */
  readonly countedAgeSeconds: number;
}

/**
 * SQS standard queues. Messages are durable in the store. Other services use them in process (`QueuePort`), SDKs over the JSON
 * protocol.
 */
export class Queues implements QueuePort, Service {
  readonly target = "AmazonSQS";
  readonly queryCodes = QUERY_CODES;
  readonly #queues: QueueStore;
  readonly #authorizer: Authorizer;
  readonly #api: SqsApi;
  readonly #options: QueuesOptions;

  constructor(store: Store, clock: Clock, authorizer: Authorizer, options: QueuesOptions) {
    this.#queues = new QueueStore(store, clock);
    this.#authorizer = authorizer;
    this.#options = options;
    this.#api = new SqsApi(this.#queues, authorizer, options);
  }

  /**
   * Creates the queue or changes its settings; its messages stay.
   * @throws QueueDefinitionError for a FIFO queue, and for unknown or invalid inputs; PolicyError
   */
  define(declaration: Omit<QueueDeclaration, "url"> & { readonly url?: string }): void {
    const { baseUrl, accountId } = this.#options;
    this.#queues.define({ ...declaration, url: declaration.url ?? `${baseUrl}/${accountId}/${declaration.name}` });
  }

  policyOf(queueArn: string): string | undefined {
    return this.#queues.get(queueArn).policy;
  }

  /**
   * Sets the resource-based policy (`aws:sqs/queuePolicy:QueuePolicy`).
   * @param queue ARN or URL
   * @throws AwsError QueueDoesNotExist; PolicyError
   */
  setPolicy(queue: string, policyJson: string): void {
    this.#queues.setPolicy(queue.startsWith("arn:") ? queue : this.#api.byUrl(queue).arn, policyJson);
  }

  call(operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json> {
    return this.#api.call(operation, input, caller, signal);
  }

  async receive(
    queueArn: string,
    { max, waitMs, signal }: { max: number; waitMs: number; signal?: AbortSignal },
  ): Promise<readonly ReceivedMessage[]> {
    const queue = this.#queues.get(queueArn);
    const rows = await this.#queues.receive(queue, { max, waitMs, signal });
    return rows.map((row) => received(row, this.#queues.handleOf(queue, row)));
  }

  delete(queueArn: string, receiptHandle: string): void {
    this.#queues.delete(this.#queues.get(queueArn), receiptHandle);
  }

  send(queueArn: string, body: string, messageAttributes: MessageAttributes = {}, delaySeconds?: number): string {
    return this.#send(queueArn, "local", body, {
      attributes: messageAttributes,
      ...(delaySeconds === undefined ? {} : { delayMs: delaySeconds * 1_000 }),
    });
  }

  /**
   * Authorizes a service or role and sends a message on its behalf. Synchronous, so that it can join a transaction.
   * @returns the message's id
   * @throws AwsError QueueDoesNotExist, AccessDeniedException, InvalidMessageContents, InvalidParameterValue
   */
  sendAs(caller: Caller, queueArn: string, body: string, attributes: MessageAttributes = {}, trace?: string): string {
    const queue = this.#queues.get(queueArn);
    this.#authorizer.authorize(caller, "sqs:SendMessage", queueArn, {}, queue.policy);
    const sender = caller.kind === "role" ? caller.arn : caller.service;
    return this.#send(queueArn, sender, body, { attributes, ...(trace === undefined ? {} : { trace }) });
  }

  #send(
    queueArn: string,
    sender: string,
    body: string,
    rest: { attributes: MessageAttributes; delayMs?: number; trace?: string },
  ): string {
    const queue = this.#queues.get(queueArn);
    const attributes = toWireAttributes(rest.attributes);
    checkBody(queue, body, attributes);
    return this.#queues.send(queue, { body, attributes, sender, trace: rest.trace, delayMs: rest.delayMs });
  }

  /** @throws AwsError QueueDoesNotExist */
  statistics(queueArn: string): QueueStatistics {
    const { visible, inFlight, delayed, oldestAgeSeconds, countedAgeSeconds } = this.#queues.counts(this.#queues.get(queueArn));
    return { visible, inFlight, delayed, oldestAgeSeconds, countedAgeSeconds };
  }

  /** Up to `max` of the oldest messages, without receiving them. */
  peek(queueArn: string, max = 10): readonly Omit<ReceivedMessage, "receiptHandle">[] {
    return this.#queues.peek(this.#queues.get(queueArn), max).map((row) => {
      const { receiptHandle: _, ...message } = received(row, "");
      return message;
    });
  }

  /** @returns ARN of the queue with this URL or name; undefined when there is none */
  arnOf(urlOrName: string): string | undefined {
    try {
      return this.#api.byUrl(urlOrName).arn;
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  }
}

const received = (row: MessageRow, receiptHandle: string): ReceivedMessage => ({
  messageId: row.messageId,
  receiptHandle,
  body: row.body,
  attributes: systemAttributes(row),
  messageAttributes: fromWire(JSON.parse(row.attributes) as WireAttributes),
});
