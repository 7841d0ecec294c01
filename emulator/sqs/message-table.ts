import type { SQLOutputValue } from "node:sqlite";
import type { Store } from "../store.ts";

/** A message as it is stored; times in milliseconds since the epoch. */
export interface MessageRow {
  readonly id: number;
  readonly messageId: string;
  readonly body: string;
  /** JSON, in the shape of the API's `MessageAttributes`. */
  readonly attributes: string;
  readonly sender: string;
  readonly trace: string | null;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly firstReceivedAt: number | null;
  readonly receivedAt: number | null;
  /** Receives from all queues it has been in: the value of `ApproximateReceiveCount`. */
  readonly receives: number;
  /** Receives from its current queue, which the redrive policy counts. */
  readonly receivesHere: number;
  /** Random part of the latest receipt handle; null before the first receive. */
  readonly receipt: string | null;
  readonly deadLetterSource: string | null;
}

export type NewMessage = Pick<MessageRow, "messageId" | "body" | "attributes" | "sender" | "trace" | "sentAt" | "visibleAt">;

export interface QueueCounts {
  readonly visible: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  readonly delayed: number;
  /** Send time of the oldest message; null when the queue is empty. */
  readonly oldestSentAt: number | null;
  /** As `oldestSentAt`, without messages that were received three times or more. */
  readonly oldestCountedSentAt: number | null;
}

/**
 * "if a message is received three or more times and not deleted, SQS moves it to the back of the queue. The metric then reflects the age of
 * the next message": such messages do not count in ApproximateAgeOfOldestMessage, also where there is a redrive policy.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
const MANY_RECEIVES = 3;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, messageId TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL, sender TEXT NOT NULL, trace TEXT,
    sentAt INTEGER NOT NULL, visibleAt INTEGER NOT NULL, firstReceivedAt INTEGER, receivedAt INTEGER,
    receives INTEGER NOT NULL DEFAULT 0, receivesHere INTEGER NOT NULL DEFAULT 0, receipt TEXT, deadLetterSource TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messagesByVisibility ON messages (queue, visibleAt, id);
  CREATE INDEX IF NOT EXISTS messagesByAge ON messages (queue, sentAt)`;

/** The messages of all queues in the store. Contains the SQL; the rules of SQS are in `QueueStore`. */
export class MessageTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    for (const statement of SCHEMA.split(";")) store.sql(statement).run();
  }

  insert(queue: string, message: NewMessage): void {
    this.#store
      .sql(
        "INSERT INTO messages (queue, messageId, body, attributes, sender, trace, sentAt, visibleAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(
        queue,
        message.messageId,
        message.body,
        message.attributes,
        message.sender,
        message.trace,
        message.sentAt,
        message.visibleAt,
      );
  }

  /** Up to `max` visible messages. The message that has been visible longest comes first. */
  visible(queue: string, now: number, max: number): MessageRow[] {
    return this.#store
      .sql("SELECT * FROM messages WHERE queue = ? AND visibleAt <= ? ORDER BY visibleAt, id LIMIT ?")
      .all(queue, now, max)
      .map(toRow);
  }

  find(queue: string, id: number): MessageRow | undefined {
    const row = this.#store.sql("SELECT * FROM messages WHERE id = ? AND queue = ?").get(id, queue);
    return row && toRow(row);
  }

  /** Up to `max` messages, oldest first, without receiving them. */
  peek(queue: string, max: number): MessageRow[] {
    return this.#store.sql("SELECT * FROM messages WHERE queue = ? ORDER BY sentAt, id LIMIT ?").all(queue, max).map(toRow);
  }

  receive(id: number, receipt: string, now: number, visibleAt: number): void {
    this.#store
      .sql(
        `UPDATE messages SET receipt = ?, receivedAt = ?, visibleAt = ?, firstReceivedAt = COALESCE(firstReceivedAt, ?),
         receives = receives + 1, receivesHere = receivesHere + 1 WHERE id = ?`,
      )
      .run(receipt, now, visibleAt, now, id);
  }

  hide(id: number, visibleAt: number): void {
    this.#store.sql("UPDATE messages SET visibleAt = ? WHERE id = ?").run(visibleAt, id);
  }

  /**
   * Makes received messages visible whose visibility timeout is the queue's. Messages whose consumer changed the visibility timeout
   * stay hidden.
   */
  releaseAbandoned(queue: string, visibilityMs: number, now: number): void {
    this.#store
      .sql("UPDATE messages SET visibleAt = ?2 WHERE queue = ?1 AND visibleAt > ?2 AND visibleAt = receivedAt + ?3")
      .run(queue, now, visibilityMs);
  }

  /** Moves a message to its dead-letter queue. It keeps its id and send time, so its age continues to count. */
  moveToDeadLetters(id: number, from: string, to: string, now: number): void {
    this.#store
      .sql(
        "UPDATE messages SET queue = ?, deadLetterSource = ?, visibleAt = ?, receipt = NULL, receivedAt = NULL, receivesHere = 0 WHERE id = ?",
      )
      .run(to, from, now, id);
  }

  delete(queue: string, id: number, receipt: string): void {
    this.#store.sql("DELETE FROM messages WHERE id = ? AND queue = ? AND receipt = ?").run(id, queue, receipt);
  }

  purge(queue: string): void {
    this.#store.sql("DELETE FROM messages WHERE queue = ?").run(queue);
  }

  expire(queue: string, sentBefore: number): void {
    this.#store.sql("DELETE FROM messages WHERE queue = ? AND sentAt <= ?").run(queue, sentBefore);
  }

  /** Time since which a message is visible, or when the first hidden one becomes visible; undefined when the queue is empty. */
  firstVisibleAt(queue: string): number | undefined {
    const row = this.#store.sql("SELECT MIN(visibleAt) AS at FROM messages WHERE queue = ?").get(queue);
    return typeof row?.at === "number" ? row.at : undefined;
  }

  counts(queue: string, now: number): QueueCounts {
    const row = this.#store
      .sql(
        `SELECT COUNT(*) FILTER (WHERE visibleAt <= ?1) AS visible, COUNT(*) FILTER (WHERE visibleAt > ?1 AND receipt IS NOT NULL) AS inFlight,
         COUNT(*) FILTER (WHERE visibleAt > ?1 AND receipt IS NULL) AS delayed, MIN(sentAt) AS oldestSentAt,
         MIN(sentAt) FILTER (WHERE receivesHere < ${MANY_RECEIVES}) AS oldestCountedSentAt FROM messages WHERE queue = ?2`,
      )
      .get(now, queue);
    return {
      visible: Number(row?.visible ?? 0),
      inFlight: Number(row?.inFlight ?? 0),
      delayed: Number(row?.delayed ?? 0),
      oldestSentAt: typeof row?.oldestSentAt === "number" ? row.oldestSentAt : null,
      oldestCountedSentAt: typeof row?.oldestCountedSentAt === "number" ? row.oldestCountedSentAt : null,
    };
  }
}

const toRow = (row: Record<string, SQLOutputValue>): MessageRow => row as unknown as MessageRow;
