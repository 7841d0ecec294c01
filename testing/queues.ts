import type { BusEvent } from "../model/index.ts";
import type { SqsRecord } from "../runtime/lambda.ts";

/** Name of the queue of the ledger, beside those of the steps. */
export const LEDGER = "(ledger)";
/** Name of the flow's dead-letter queue. */
export const DEAD = "(dead letters)";

export const urlOf = (queue: string): string => `https://sqs.test/${encodeURIComponent(queue)}`;
export const arnOf = (queue: string): string => `arn:aws:sqs:eu-west-1:000000000000:${queue}`;

interface Message {
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: number;
  readonly from: string | undefined;
  /** Received so often. */
  receives: number;
  /** Visible from then, ms since the epoch. */
  at: number;
  /** Breaks ties: the order in which messages became visible. */
  turn: number;
}

/** All queues of a hub in memory. One message is handled at a time, the one that has been visible for longest. */
export class Queues {
  readonly #messages = new Map<string, Message>();
  #count = 0;

  send(queue: string, body: string, at: number, attributes: Readonly<Record<string, string>> = {}): void {
    const id = `m-${++this.#count}`;
    this.#messages.set(id, { id, queue, body, attributes, sentAt: at, receives: 0, at, turn: this.#count, from: undefined });
  }

  /** As a redrive policy does: the message keeps its id and what was counted. */
  moveTo(queue: string, id: string, at: number): void {
    const message = this.#messages.get(id);
    if (message) this.#messages.set(id, { ...message, queue, at, from: message.queue });
  }

  sendEvent(queue: string, event: BusEvent, at: number): void {
    this.send(queue, JSON.stringify(event), at);
  }

  /** @returns when the next message is or becomes visible, ms since the epoch */
  nextAt(): number | undefined {
    return this.#next()?.at;
  }

  /** Takes the next message, and hides it until then. */
  receive(visibility: (queue: string) => number): Message | undefined {
    const message = this.#next();
    if (!message) return undefined;
    message.receives += 1;
    this.hide(message.id, message.at + visibility(message.queue));
    return message;
  }

  hide(id: string, until: number): void {
    const message = this.#messages.get(id);
    if (!message) return;
    message.at = until;
    message.turn = ++this.#count;
  }

  delete(id: string): void {
    this.#messages.delete(id);
  }

  #next(): Message | undefined {
    return [...this.#messages.values()].sort((a, b) => a.at - b.at || a.turn - b.turn)[0];
  }
}

/** A message as Lambda hands it over. */
export const recordOf = ({ id, queue, body, attributes, sentAt, receives, from }: Message): SqsRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  eventSourceARN: arnOf(queue),
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(sentAt),
    ...(from !== undefined && { DeadLetterQueueSourceArn: arnOf(from) }),
  },
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: "String" }]),
  ),
});
