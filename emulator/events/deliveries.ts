import type { Clock } from "../clock.ts";
import { AwsError, type Caller } from "../endpoint/service.ts";
import type { FaultInjection } from "../fault-injection.ts";
import type { MessageAttributes } from "../sqs/message-attributes.ts";
import type { Queues } from "../sqs/queues.ts";
import type { Store } from "../store.ts";
import { type Delivery, DeliveryTable, type DeliveryTarget } from "./delivery-table.ts";
import type { BusEvent } from "./event.ts";
import type { Target } from "./target.ts";

/**
 * Takes an event over for a function, which then runs it asynchronously.
 * @param sourceArn of the rule, for the function's resource policy
 * @throws AwsError `ResourceNotFoundException` and `AccessDeniedException` are final; anything else is tried again
 */
export type InvokeAsync = (functionArn: string, payload: string, sourceArn: string) => Promise<void> | void;

/** An event that a target will never get. */
export interface Undeliverable {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Whether it now lies in the target's dead-letter queue; if not, it is lost, and `deadLetterError` tells why. */
  readonly deadLettered: boolean;
  readonly deadLetterError?: string;
}

export interface DeliveryPorts {
  readonly queues: Pick<Queues, "sendAs">;
  readonly invokeAsync: InvokeAsync;
  readonly onUndeliverable: (failure: Undeliverable) => void;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly faultInjection: FaultInjection;
}

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 15 * 60_000;
/** Attempts under way at once. */
const CONCURRENCY = 64;

/**
 * Carries events to targets: to a queue within the transaction that accepts the event, to a function right after it. What fails is
 * tried again with exponential backoff and jitter until the target's retry policy ends it; then it goes to the dead-letter queue.
 * Everything that is due is in the store, so it is carried on after a restart.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export class Deliveries {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ports: DeliveryPorts;
  readonly #table: DeliveryTable;
  readonly #underWay = new Map<number, Promise<void>>();
  #stopping = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;

  constructor(store: Store, clock: Clock, ports: DeliveryPorts) {
    this.#store = store;
    this.#clock = clock;
    this.#ports = ports;
    this.#table = new DeliveryTable(store);
  }

  /** Call it within the transaction that accepts the event. */
  accept(target: Target, event: BusEvent, eventJson: string, trace: string | undefined): void {
    for (const delayMs of this.#ports.faultInjection.deliveries?.(event, target.arn) ?? [0])
      this.#accept(target, event, eventJson, trace, delayMs);
  }

  #accept(target: Target, event: BusEvent, eventJson: string, trace: string | undefined, delayMs: number): void {
    const { payload: makePayload, ...known } = target;
    const payload = makePayload(event);
    const now = this.#now();
    const delivery = { target: known, event: eventJson, payload, attempts: 0, acceptedAt: now, nextAt: now + delayMs };
    if (target.kind === "function" || delayMs > 0) {
      this.#table.insert(delivery);
    } else {
      try {
        this.#ports.queues.sendAs(asRule(known), target.arn, payload, {}, trace);
        return;
      } catch (error) {
        const next = this.#afterFailure(delivery, error);
        if (next === undefined) return;
        this.#table.insert({ ...delivery, attempts: 1, nextAt: next });
      }
    }
    this.#store.afterCommit(() => this.#wake.abort());
  }

  /** Deliveries that a target has not yet accepted. */
  pending(): number {
    return this.#table.count();
  }

  start(): void {
    if (this.#running) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Resolves when no attempt is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
    this.#running = undefined;
    await Promise.all(this.#underWay.values());
  }

  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      this.#wake = new AbortController();
      const now = this.#now();
      const idle = this.#table.upcoming(CONCURRENCY * 2).filter(({ id }) => !this.#underWay.has(id));
      for (const delivery of idle.filter(({ nextAt }) => nextAt <= now).slice(0, CONCURRENCY - this.#underWay.size))
        this.#begin(delivery);
      const next = idle.find(({ nextAt }) => nextAt > now)?.nextAt;
      await this.#clock.wait(next === undefined ? 3_600_000 : Math.max(1, next - now), this.#wake.signal);
    }
  }

  #begin(delivery: Delivery): void {
    const attempt = this.#attempt(delivery).finally(() => {
      this.#underWay.delete(delivery.id);
      this.#wake.abort();
    });
    this.#underWay.set(delivery.id, attempt);
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

  /** When to try again; undefined when that is over, and the event has gone to the dead letters. */
  #afterFailure(delivery: Omit<Delivery, "id">, error: unknown): number | undefined {
    const { code, final } = classify(error);
    const { maxRetries, maxAgeMs } = delivery.target;
    const now = this.#now();
    const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** delivery.attempts) * (0.5 + this.#ports.random() / 2);
    const exhausted =
      delivery.attempts >= maxRetries
        ? "MaximumRetryAttempts"
        : now + wait > delivery.acceptedAt + maxAgeMs
          ? "MaximumEventAgeInSeconds"
          : undefined;
    if (!final && exhausted === undefined) return Math.ceil(now + wait);
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
      event: JSON.parse(event) as BusEvent,
      ruleArn: target.ruleArn,
      targetArn: target.arn,
      errorCode,
      errorMessage,
      deadLettered: deadLetterError === undefined,
      ...(deadLetterError === undefined ? {} : { deadLetterError }),
    };
    this.#store.afterCommit(() => this.#ports.onUndeliverable(failure));
  }

  /** @returns why it can't be sent there */
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

/** Queue and function policies let EventBridge in by the rule that it acts for. */
const asRule = ({ ruleArn }: DeliveryTarget): Caller => ({
  kind: "service",
  service: "events.amazonaws.com",
  sourceArn: ruleArn,
});

/**
 * A missing permission or target is final: EventBridge does not retry it.
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
