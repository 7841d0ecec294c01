import type { Clock } from "../clock.ts";
import { type Account, type Authorizer, AwsError, type Caller, type Json, type Service } from "../endpoint/service.ts";
import type { Store } from "../store.ts";
import { QUERY_CODES } from "./errors.ts";
import { fromPort, toPort, type WireAttributes } from "./message-attributes.ts";
import type { MessageRow } from "./message-table.ts";
import type { QueueDeclaration } from "./queue-definition.ts";
import type { MessageAttributes, QueuePort, ReceivedMessage } from "./queue-port.ts";
import { QueueStore } from "./queue-store.ts";
import { checkBody, SqsApi, systemAttributes } from "./sqs-api.ts";

export interface QueuesOptions extends Account {
  /** Where queue URLs begin, such as `http://127.0.0.1:4520`, for queues that are declared without a URL. */
  readonly baseUrl: string;
}

/** What can be seen of a queue without receiving from it; for the console and tests. */
export interface QueueStatistics {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAgeSeconds: number;
}

/**
 * SQS's standard queues, kept in the store: a message that was accepted survives the end of the process. In process (`QueuePort`)
 * and over the JSON protocol.
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
   * Makes the queue, or changes its settings; its messages stay.
   * @param declaration of the recorded resource; FIFO queues and unknown inputs are refused
   * @throws QueueDefinitionError, PolicyError
   */
  define(declaration: Omit<QueueDeclaration, "url"> & { readonly url?: string }): void {
    const { baseUrl, accountId } = this.#options;
    this.#queues.define({ ...declaration, url: declaration.url ?? `${baseUrl}/${accountId}/${declaration.name}` });
  }

  /**
   * Sets the resource policy (`aws:sqs/queuePolicy:QueuePolicy`).
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
   * Sends on behalf of a service or role, as far as the queue's policy or the role's lets it. Synchronous, so that it can be part
   * of a transaction.
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
    const attributes = fromPort(rest.attributes);
    checkBody(queue, body, attributes);
    return this.#queues.send(queue, { body, attributes, sender, trace: rest.trace, delayMs: rest.delayMs });
  }

  /** @throws AwsError QueueDoesNotExist */
  statistics(queueArn: string): QueueStatistics {
    const { visible, inFlight, delayed, oldestAgeSeconds } = this.#queues.counts(this.#queues.get(queueArn));
    return { visible, inFlight, delayed, oldestAgeSeconds };
  }

  /** The oldest messages, without receiving them. */
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
  messageAttributes: toPort(JSON.parse(row.attributes) as WireAttributes),
});
