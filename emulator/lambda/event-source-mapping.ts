import type { Clock } from "../clock.ts";
import { type Authorizer, AwsError } from "../endpoint/service.ts";
import type { FaultInjection } from "../fault-injection.ts";
import type { QueuePort, ReceivedMessage } from "../sqs/queues.ts";
import { failedMessages } from "./batch-response.ts";
import type { Functions } from "./functions.ts";
import { sqsEvent } from "./sqs-event.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface EventSourceMappingSpec {
  readonly queueArn: string;
  readonly functionArn: string;
  /** 1 to 10,000; beyond 10 needs a batching window. @default 10 */
  readonly batchSize: number;
  /** How long messages are gathered, 0 to 300. @default 0 */
  readonly batchingWindowSeconds: number;
  /** 2 to 1000. @default no limit but the function's */
  readonly maximumConcurrency?: number;
  readonly reportsBatchItemFailures: boolean;
}

interface Ports {
  readonly functions: Functions;
  readonly queues: QueuePort;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly faultInjection?: FaultInjection;
  /** Is told when the mapping can't poll or invoke, each different reason once. */
  readonly onProblem?: (message: string) => void;
}

/** What Lambda needs of the function's role to poll for it. */
const POLLING_ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/** Batches at once where the mapping sets no maximum; Lambda, too, starts with five pollers. */
const DEFAULT_CONCURRENCY = 5;
/** SQS hands out 10 messages a call, and keeps a call waiting for up to 20 seconds. */
const MAX_RECEIVE = 10;
const LONG_POLL_MS = 20_000;
/** Between tries when polling is refused or the function throttled. */
const PAUSE_MS = 1_000;

/** Polls a queue and hands its messages to a function, as Lambda's pollers do. Starts at once. */
export class EventSourceMapping {
  readonly #spec: EventSourceMappingSpec;
  readonly #ports: Ports;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #lastProblem = "";

  constructor(spec: EventSourceMappingSpec, ports: Ports) {
    this.#spec = spec;
    this.#ports = ports;
    const pollers = Math.min(spec.maximumConcurrency ?? DEFAULT_CONCURRENCY, DEFAULT_CONCURRENCY);
    this.#done = Promise.all(Array.from({ length: pollers }, () => this.#poll())).then(() => undefined);
  }

  /** Polls no more; resolves when the batches under way are through. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #poll() {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#authorize();
        const batch = await this.#gather();
        if (batch.length > 0) {
          // The wait was long: what the role has lost meanwhile, it may not use. The messages come back after their visibility timeout.
          this.#authorize();
          await this.#handOver(batch);
        }
        this.#lastProblem = "";
      } catch (error) {
        if (signal.aborted) return;
        this.#tell(error);
        await this.#ports.clock.wait(PAUSE_MS, signal);
      }
    }
  }

  #authorize() {
    const { authorizer, functions } = this.#ports;
    const role = functions.spec(this.#spec.functionArn)?.roleArn;
    if (!role) throw new AwsError("ResourceNotFoundException", `Function not found: ${this.#spec.functionArn}`, 404);
    for (const action of POLLING_ACTIONS) authorizer.authorize({ kind: "role", arn: role }, action, this.#spec.queueArn);
  }

  /** A batch: what the first call brings, and what comes within the batching window until the batch is full. */
  async #gather(): Promise<readonly ReceivedMessage[]> {
    const { queues, clock } = this.#ports;
    const { queueArn, batchSize, batchingWindowSeconds } = this.#spec;
    const { signal } = this.#stop;
    const batch = [...(await queues.receive(queueArn, { max: Math.min(batchSize, MAX_RECEIVE), waitMs: LONG_POLL_MS, signal }))];
    const end = clock.now() + batchingWindowSeconds * 1_000;
    // With no window, a batch beyond what one call brings takes what is there already.
    while (batch.length > 0 && batch.length < batchSize && !signal.aborted) {
      const waitMs = Math.max(0, Math.min(LONG_POLL_MS, end - clock.now()));
      const more = await queues.receive(queueArn, { max: Math.min(batchSize - batch.length, MAX_RECEIVE), waitMs, signal });
      batch.push(...more);
      if (more.length === 0 && clock.now() >= end) break;
    }
    return batch;
  }

  async #handOver(batch: readonly ReceivedMessage[]) {
    const { functions, queues, faultInjection } = this.#ports;
    const { queueArn, functionArn, reportsBatchItemFailures } = this.#spec;
    const result = await functions.invoke(functionArn, sqsEvent(queueArn, batch), undefined);
    const failed = failedMessages(
      batch.map(({ messageId }) => messageId),
      result,
      reportsBatchItemFailures,
    );
    // The others stay hidden until their visibility ends.
    for (const { messageId, receiptHandle, body } of batch) {
      if (failed.has(messageId) || faultInjection?.losesDeletion?.(queueArn, body)) continue;
      queues.delete(queueArn, receiptHandle);
    }
  }

  #tell(error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.#lastProblem) this.#ports.onProblem?.(message);
    this.#lastProblem = message;
  }
}
