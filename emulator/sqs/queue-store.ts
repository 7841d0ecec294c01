import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { AwsError } from "../endpoint/service.ts";
import type { Store } from "../store.ts";
import { invalidHandle, invalidValue, noSuchQueue } from "./errors.ts";
import type { WireAttributes } from "./message-attributes.ts";
import { type MessageRow, MessageTable, type QueueCounts } from "./message-table.ts";
import { defineQueue, type Queue, type QueueDeclaration, withPolicy } from "./queue-definition.ts";
import { Waiters } from "./waiters.ts";

/** A message to send. */
export interface Outgoing {
  readonly body: string;
  readonly attributes: WireAttributes;
  readonly sender: string;
  readonly trace: string | undefined;
  /** Milliseconds; the queue's delay when undefined. */
  readonly delayMs: number | undefined;
}

const MAX_VISIBILITY_MS = 43_200_000;

/**
 * Queues with the behaviour of SQS standard queues: messages, visibility timeout, redrive, retention. Wire format and authorization are
 * in `SqsApi`.
 */
export class QueueStore {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #messages: MessageTable;
  readonly #waiters: Waiters;
  readonly #queues = new Map<string, Queue>();
  readonly #purgedAt = new Map<string, number>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#messages = new MessageTable(store);
    this.#waiters = new Waiters(clock);
  }

  define(declaration: QueueDeclaration): void {
    const queue = defineQueue(declaration);
    // The consumers of the previous process are gone, so their messages need not wait for the visibility timeout.
    if (!this.#queues.has(queue.arn)) this.#messages.releaseAbandoned(queue.arn, queue.visibilityMs, this.#now());
    this.#queues.set(queue.arn, queue);
  }

  setPolicy(arn: string, policy: string): void {
    this.#queues.set(arn, withPolicy(this.get(arn), policy));
  }

  /** @throws AwsError QueueDoesNotExist */
  get(arn: string): Queue {
    const queue = this.#queues.get(arn);
    if (!queue) throw noSuchQueue();
    return queue;
  }

  all(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** @returns the message's id */
  send(queue: Queue, { body, attributes, sender, trace, delayMs = queue.delayMs }: Outgoing): string {
    const messageId = randomUUID();
    const now = this.#now();
    this.#messages.insert(queue.arn, {
      messageId,
      body,
      attributes: JSON.stringify(attributes),
      sender,
      trace: trace ?? null,
      sentAt: now,
      visibleAt: now + delayMs,
    });
    // A delayed message wakes receivers too: they must recompute how long to wait.
    this.#store.afterCommit(() => this.#waiters.wake(queue.arn));
    return messageId;
  }

  /**
   * Receives up to `max` messages; waits up to `waitMs` for the first one.
   * @param options.visibilityMs visibility timeout of the received messages. @default the queue's
   */
  async receive(
    queue: Queue,
    {
      max,
      waitMs,
      visibilityMs = queue.visibilityMs,
      signal,
    }: { max: number; waitMs: number; visibilityMs?: number; signal?: AbortSignal | undefined },
  ): Promise<MessageRow[]> {
    const deadline = this.#now() + waitMs;
    for (;;) {
      if (signal?.aborted) return [];
      // Most polls find nothing: they take one look, and no transaction.
      const now = this.#now();
      const next = this.#messages.firstVisibleAt(queue.arn) ?? Number.POSITIVE_INFINITY;
      const taken = next <= now ? this.#store.transaction(() => this.#take(queue, max, visibilityMs)) : [];
      if (taken.length > 0 || now >= deadline) return taken;
      if (next <= now) continue; // what was visible had expired, or is a dead letter now
      await this.#waiters.wait(queue.arn, Math.max(1, Math.min(deadline, next) - now), signal);
    }
  }

  #take(queue: Queue, max: number, visibilityMs: number): MessageRow[] {
    const now = this.#now();
    this.#expire(queue, now);
    const taken: MessageRow[] = [];
    while (taken.length < max) {
      const visible = this.#messages.visible(queue.arn, now, max - taken.length);
      for (const message of visible) {
        if (this.#deadLetter(queue, message, now)) continue;
        const receipt = randomBytes(16).toString("base64url");
        this.#messages.receive(message.id, receipt, now, now + visibilityMs);
        taken.push({
          ...message,
          receipt,
          receives: message.receives + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
        });
      }
      // With a visibility timeout of 0 the same messages would be found again.
      if (visible.length === 0 || visibilityMs === 0) break;
    }
    return taken;
  }

  /**
   * Moves a message to the dead-letter queue when its receive count reaches `maxReceiveCount`. The message stays while the dead-letter
   * queue does not exist.
   */
  #deadLetter({ arn, redrive }: Queue, message: MessageRow, now: number): boolean {
    if (!redrive || message.receivesHere < redrive.maxReceiveCount || !this.#queues.has(redrive.deadLetterTargetArn))
      return false;
    this.#messages.moveToDeadLetters(message.id, arn, redrive.deadLetterTargetArn, now);
    this.#store.afterCommit(() => this.#waiters.wake(redrive.deadLetterTargetArn));
    return true;
  }

  /** Deletes messages past the retention period, also those in flight. They are not dead-lettered. */
  #expire(queue: Queue, now: number): void {
    this.#messages.expire(queue.arn, now - queue.retentionMs);
  }

  handleOf = (queue: Queue, { id, receipt }: Pick<MessageRow, "id" | "receipt">): string =>
    Buffer.from(`${id}:${receipt ?? ""}:${queue.name}`).toString("base64");

  #readHandle(queue: Queue, handle: string): { id: number; receipt: string } {
    const [, id, receipt, name] = /^(\d{1,15}):([\w-]{22}):(.*)$/.exec(Buffer.from(handle, "base64").toString()) ?? [];
    if (id === undefined || receipt === undefined || name !== queue.name) throw invalidHandle();
    return { id: Number(id), receipt };
  }

  /**
   * Deletes a message. Does nothing when the message is gone or has been received again.
   * @throws AwsError ReceiptHandleIsInvalid
   */
  delete(queue: Queue, handle: string): void {
    const { id, receipt } = this.#readHandle(queue, handle);
    this.#messages.delete(queue.arn, id, receipt);
  }

  /** @throws AwsError ReceiptHandleIsInvalid, MessageNotInflight, InvalidParameterValue */
  changeVisibility(queue: Queue, handle: string, visibilityMs: number): void {
    const { id, receipt } = this.#readHandle(queue, handle);
    const message = this.#messages.find(queue.arn, id);
    if (message?.receipt !== receipt) {
      throw invalidValue("ReceiptHandle", handle, "Message does not exist or is not available for visibility timeout change.");
    }
    const now = this.#now();
    if (message.visibleAt <= now) throw new AwsError("MessageNotInflight", "The specified message isn't in flight.");
    if (now + visibilityMs - (message.receivedAt ?? now) > MAX_VISIBILITY_MS) {
      throw invalidValue(
        "VisibilityTimeout",
        visibilityMs / 1_000,
        "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
      );
    }
    this.#messages.hide(id, now + visibilityMs);
    this.#store.afterCommit(() => this.#waiters.wake(queue.arn));
  }

  /** @throws AwsError PurgeQueueInProgress within 60 seconds of the last purge */
  purge(queue: Queue): void {
    const now = this.#now();
    if (now - (this.#purgedAt.get(queue.arn) ?? Number.NEGATIVE_INFINITY) < 60_000) {
      throw new AwsError(
        "PurgeQueueInProgress",
        `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
        403,
      );
    }
    this.#purgedAt.set(queue.arn, now);
    this.#messages.purge(queue.arn);
  }

  counts(queue: Queue): QueueCounts & { readonly oldestAgeSeconds: number; readonly countedAgeSeconds: number } {
    const now = this.#now();
    this.#expire(queue, now);
    const counts = this.#messages.counts(queue.arn, now);
    const age = (sentAt: number | null) => (sentAt === null ? 0 : Math.floor((now - sentAt) / 1_000));
    return { ...counts, oldestAgeSeconds: age(counts.oldestSentAt), countedAgeSeconds: age(counts.oldestCountedSentAt) };
  }

  peek(queue: Queue, max: number): MessageRow[] {
    this.#expire(queue, this.#now());
    return this.#messages.peek(queue.arn, max);
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }
}
