import { type Clock, WOKEN } from "../clock.ts";
import { AwsError, type Caller } from "../endpoint/service.ts";
import type { FaultInjection } from "../fault-injection.ts";
import { parseKeepingDigits } from "../json.ts";
import type { MessageAttributes } from "../sqs/message-attributes.ts";
import type { Queues } from "../sqs/queues.ts";
import { isOutOfSpace, type Store } from "../store.ts";
import { type Delivery, DeliveryTable, type DeliveryTarget } from "./delivery-table.ts";
import type { BusEvent } from "./event.ts";
import type { Target } from "./target.ts";

/**
 * Invokes a function asynchronously. Resolves when the event is accepted.
 * @param payload JSON
 * @param sourceArn ARN of the rule, for the function's resource-based policy
 * @throws AwsError `ResourceNotFoundException` and `AccessDeniedException` are not retried; other errors are
 */
export type InvokeAsync = (functionArn: string, payload: string, sourceArn: string) => Promise<void> | void;

/** An event that could not be delivered to a target. */
export interface Undeliverable {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Whether the event was sent to the dead-letter queue. If not, it is lost, and `deadLetterError` gives the reason. */
  readonly deadLettered: boolean;
  readonly deadLetterError?: string;
}

export interface DeliveryPorts {
  readonly queues: Pick<Queues, "sendAs">;
  readonly invokeAsync: InvokeAsync;
  readonly onUndeliverable: (failure: Undeliverable) => void;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly faultInjection: FaultInjection;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;
/** Maximum number of concurrent attempts. */
const CONCURRENCY = 64;

/**
 * Delivers events to targets: to a queue in the transaction that accepts the event, to a function right after it. Failed deliveries are
 * retried with exponential backoff and jitter. When the target's retry policy is exhausted, the event is sent to the dead-letter queue.
 * Pending deliveries are in the store and continue after a restart.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export class Deliveries {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ports: DeliveryPorts;
  readonly #table: DeliveryTable;
  readonly #running = new Map<number, Promise<void>>();
  #stopping = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(store: Store, clock: Clock, ports: DeliveryPorts) {
    this.#store = store;
    this.#clock = clock;
    this.#ports = ports;
    this.#table = new DeliveryTable(store);
  }

  /** Delivers the event, or stores its delivery. Call it in the transaction that accepts the event. */
  accept(target: Target, event: BusEvent, eventJson: string, trace: string | undefined): void {
    for (const delayMs of this.#ports.faultInjection.deliveries?.(event, target.arn) ?? [0])
      this.#accept(target, event, eventJson, trace, delayMs);
  }

  #accept(target: Target, event: BusEvent, eventJson: string, trace: string | undefined, delayMs: number): void {
    const { payload: payloadOf, ...deliveryTarget } = target;
    const payload = payloadOf(event);
    const now = this.#now();
    const delivery = { target: deliveryTarget, event: eventJson, payload, attempts: 0, acceptedAt: now, nextAt: now + delayMs };
    if (target.kind === "function" || delayMs > 0) {
      this.#table.insert(delivery);
    } else {
      try {
        this.#ports.queues.sendAs(asRule(deliveryTarget), target.arn, payload, {}, trace);
        return;
      } catch (error) {
        const next = this.#afterFailure(delivery, error);
        if (next === undefined) return;
        this.#table.insert({ ...delivery, attempts: 1, nextAt: next });
      }
    }
    this.#store.afterCommit(() => this.#wake.abort(WOKEN));
  }

  /** Number of deliveries that a target has not accepted yet. */
  pending(): number {
    return this.#table.count();
  }

  start(): void {
    if (this.#loop) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Resolves when no attempt is running. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort(WOKEN);
    await this.#loop;
    this.#loop = undefined;
    await Promise.all(this.#running.values());
  }

  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      this.#wake = new AbortController();
      const now = this.#now();
      const idle = this.#table.upcoming(CONCURRENCY * 2).filter(({ id }) => !this.#running.has(id));
      for (const delivery of idle.filter(({ nextAt }) => nextAt <= now).slice(0, CONCURRENCY - this.#running.size))
        this.#startAttempt(delivery);
      const next = idle.find(({ nextAt }) => nextAt > now)?.nextAt;
      await this.#clock.wait(next === undefined ? 3_600_000 : Math.max(1, next - now), this.#wake.signal);
    }
  }

  #startAttempt(delivery: Delivery): void {
    const attempt = this.#attempt(delivery)
      .catch((error: unknown) => this.#noSpace(error))
      .finally(() => {
        this.#running.delete(delivery.id);
        this.#wake.abort(WOKEN);
      });
    this.#running.set(delivery.id, attempt);
  }

  /** Neither the result nor the failure of an attempt could be stored: it is made again. @throws the error, if it is another one */
  async #noSpace(error: unknown): Promise<void> {
    if (!isOutOfSpace(error)) throw error;
    await this.#clock.wait(FIRST_DELAY_MS, this.#stopping.signal);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { id, target, payload } = delivery;
    try {
      if (target.kind === "queue") {
        this.#store.transaction(() => {
          this.#ports.queues.sendAs(asRule(target), target.arn, payload);
          this.#table.delete(id);
        });
        return;
      }
      await this.#ports.invokeAsync(target.arn, payload, target.ruleArn);
      this.#table.delete(id);
    } catch (error) {
      this.#store.transaction(() => {
        const next = this.#afterFailure(delivery, error);
        if (next === undefined) this.#table.delete(id);
        else this.#table.postpone(id, delivery.attempts + 1, next);
      });
    }
  }

  /** @returns time of the next attempt; undefined when the retries are over and the event was dead-lettered */
  #afterFailure(delivery: Omit<Delivery, "id">, error: unknown): number | undefined {
    const { code, final } = classify(error);
    const { maxRetries, maxAgeMs } = delivery.target;
    const now = this.#now();
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** delivery.attempts) * (0.5 + this.#ports.random() / 2);
    const exhausted =
      delivery.attempts >= maxRetries
        ? "MaximumRetryAttempts"
        : now + delay > delivery.acceptedAt + maxAgeMs
          ? "MaximumEventAgeInSeconds"
          : undefined;
    if (!final && exhausted === undefined) return Math.ceil(now + delay);
    this.#deadLetter(delivery, code, error instanceof Error ? error.message : String(error), final ? undefined : exhausted);
    return undefined;
  }

  #deadLetter(
    { target, event, attempts }: Omit<Delivery, "id">,
    errorCode: string,
    errorMessage: string,
    exhausted: string | undefined,
  ): void {
    const attributes = {
      RULE_ARN: target.ruleArn,
      TARGET_ARN: target.arn,
      ERROR_CODE: errorCode,
      ERROR_MESSAGE: errorMessage.slice(0, 1_024) || errorCode,
      RETRY_ATTEMPTS: String(attempts),
      ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    const deadLetterError = this.#sendToDeadLetters(target, event, attributes);
    const failure = {
      event: parseKeepingDigits(event) as BusEvent,
      ruleArn: target.ruleArn,
      targetArn: target.arn,
      errorCode,
      errorMessage,
      deadLettered: deadLetterError === undefined,
      ...(deadLetterError === undefined ? {} : { deadLetterError }),
    };
    this.#store.afterCommit(() => this.#ports.onUndeliverable(failure));
  }

  /** @returns the reason when the event can't be sent to the dead-letter queue */
  #sendToDeadLetters(target: DeliveryTarget, event: string, attributes: Record<string, string>): string | undefined {
    if (target.deadLetterArn === undefined) return "the target has no dead-letter queue";
    const messageAttributes: MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]),
    );
    try {
      this.#ports.queues.sendAs(asRule(target), target.deadLetterArn, event, messageAttributes);
      return undefined;
    } catch (error) {
      if (error instanceof AwsError) return error.message;
      throw error;
    }
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }
}

/** EventBridge acting for a rule: resource-based policies grant access by the rule's ARN. */
const asRule = ({ ruleArn }: DeliveryTarget): Caller => ({
  kind: "service",
  service: "events.amazonaws.com",
  sourceArn: ruleArn,
});

/**
 * The error code of a failed delivery. As on AWS, a missing permission or target is final and not retried.
 * Codes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
function classify(error: unknown): { code: string; final: boolean } {
  if (!(error instanceof AwsError)) return { code: "INTERNAL_ERROR", final: false };
  if (error.code.startsWith("AccessDenied")) return { code: "NO_PERMISSIONS", final: true };
  if (error.code === "QueueDoesNotExist" || error.code === "ResourceNotFoundException")
    return { code: "NO_RESOURCE", final: true };
  if (error.code.startsWith("Invalid")) return { code: "INVALID_PARAMETER", final: true };
  if (/Thrott|TooMany|LimitExceeded/.test(error.code)) return { code: "THROTTLING", final: false };
  return { code: error.status >= 500 ? "ERROR_FROM_TARGET" : "SDK_CLIENT_ERROR", final: false };
}
