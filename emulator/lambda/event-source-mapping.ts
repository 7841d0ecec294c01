import type { Clock } from "../clock.ts";
import { type Authorizer, AwsError } from "../endpoint/service.ts";
import type { FaultInjection } from "../fault-injection.ts";
import type { QueuePort, ReceivedMessage } from "../sqs/queues.ts";
import type { BackgroundWork } from "./background-work.ts";
import type { Functions } from "./functions.ts";
import { failedMessages, sqsEvent } from "./sqs-batch.ts";

/** An event source mapping from a queue to a function. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface EventSourceMappingSpec {
  readonly queueArn: string;
  readonly functionArn: string;
  /** Maximum number of messages per invocation, 1 to 10,000. More than 10 needs a batching window. */
  readonly batchSize: number;
  /** Maximum time to gather a batch, 0 to 300 seconds. */
  readonly batchingWindowSeconds: number;
  /** Maximum number of concurrent invocations, 2 to 1000. @default the function's limit */
  readonly maximumConcurrency?: number;
  readonly reportsBatchItemFailures: boolean;
}

interface Ports {
  readonly functions: Functions;
  readonly queues: QueuePort;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly faultInjection?: FaultInjection;
  /** Decides when the next batch may start. @default at once */
  readonly background?: Pick<BackgroundWork, "turn">;
  /** Called with the reason when the mapping can't poll or invoke; repeated only when the reason changes. */
  readonly onProblem?: (message: string) => void;
}

/** Permissions that the function's role needs so that Lambda can poll the queue. */
const POLLING_ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/** Concurrent batches. Lambda also starts with five pollers. */
const DEFAULT_CONCURRENCY = 5;
/** Limits of ReceiveMessage. */
const MAX_RECEIVE = 10;
const LONG_POLL_MS = 20_000;
/** Delay after polling is denied or the function is throttled. */
const RETRY_DELAY_MS = 1_000;

/** Polls a queue and invokes a function with its messages, as Lambda's pollers do. Starts immediately. */
export class EventSourceMapping {
  readonly #spec: EventSourceMappingSpec;
  readonly #ports: Ports;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #askedBefore: Promise<void> = Promise.resolve();
  #lastProblem = "";

  constructor(spec: EventSourceMappingSpec, ports: Ports) {
    this.#spec = spec;
    this.#ports = ports;
    const pollers = Math.min(spec.maximumConcurrency ?? DEFAULT_CONCURRENCY, DEFAULT_CONCURRENCY);
    this.#done = Promise.all(Array.from({ length: pollers }, () => this.#poll())).then(() => undefined);
  }

  /** Stops polling. Resolves when the running batches are finished. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #poll() {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const batch = await this.#ask();
        if (batch.length > 0) {
          // The role may have lost its permissions during the long poll. The messages then return after their visibility timeout.
          this.#authorize();
          await this.#invoke(batch);
        }
        this.#lastProblem = "";
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        await this.#ports.clock.wait(RETRY_DELAY_MS, signal);
      }
    }
  }

  /** One poller waits at the queue, and the others for it: a message would wake them all, and each would look in vain. */
  async #ask(): Promise<readonly ReceivedMessage[]> {
    const { signal } = this.#stop;
    const before = this.#askedBefore;
    const asked = Promise.withResolvers<void>();
    this.#askedBefore = asked.promise;
    try {
      await before;
      if (!signal.aborted) await this.#ports.background?.turn(signal);
      if (signal.aborted) return [];
      this.#authorize();
      return await this.#gather();
    } finally {
      asked.resolve();
    }
  }

  #authorize() {
    const { authorizer, functions, queues } = this.#ports;
    const { queueArn } = this.#spec;
    const role = functions.spec(this.#spec.functionArn)?.roleArn;
    if (!role) throw new AwsError("ResourceNotFoundException", `Function not found: ${this.#spec.functionArn}`, 404);
    // Within an account, the queue's policy allows as well as the role's.
    const policy = queues.policyOf(queueArn);
    for (const action of POLLING_ACTIONS) authorizer.authorize({ kind: "role", arn: role }, action, queueArn, {}, policy);
  }

  /** Receives a batch: the messages of the first call, and those that arrive within the batching window until the batch is full. */
  async #gather(): Promise<readonly ReceivedMessage[]> {
    const { queues, clock } = this.#ports;
    const { queueArn, batchSize, batchingWindowSeconds } = this.#spec;
    const { signal } = this.#stop;
    const batch = [...(await queues.receive(queueArn, { max: Math.min(batchSize, MAX_RECEIVE), waitMs: LONG_POLL_MS, signal }))];
    const end = clock.now() + batchingWindowSeconds * 1_000;
    // Without a window, a batch larger than one call returns contains only messages that are already visible.
    while (batch.length > 0 && batch.length < batchSize && !signal.aborted) {
      const waitMs = Math.max(0, Math.min(LONG_POLL_MS, end - clock.now()));
      const more = await queues.receive(queueArn, { max: Math.min(batchSize - batch.length, MAX_RECEIVE), waitMs, signal });
      batch.push(...more);
      if (more.length === 0 && clock.now() >= end) break;
    }
    return batch;
  }

  async #invoke(batch: readonly ReceivedMessage[]) {
    const { functions, queues, faultInjection } = this.#ports;
    const { queueArn, functionArn, reportsBatchItemFailures } = this.#spec;
    const result = await functions.invoke(functionArn, sqsEvent(queueArn, batch), undefined);
    const failed = failedMessages(
      batch.map(({ messageId }) => messageId),
      result,
      reportsBatchItemFailures,
    );
    // Failed messages stay hidden until their visibility timeout ends.
    for (const { messageId, receiptHandle, body } of batch) {
      if (failed.has(messageId) || faultInjection?.losesDeletion?.(queueArn, body)) continue;
      queues.delete(queueArn, receiptHandle);
    }
  }

  #report(error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.#lastProblem) this.#ports.onProblem?.(message);
    this.#lastProblem = message;
  }
}
