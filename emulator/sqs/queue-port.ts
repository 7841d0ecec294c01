/** A message as a consumer receives it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, `ApproximateFirstReceiveTimestamp` and, where there is one, `DeadLetterQueueSourceArn` and `AWSTraceHeader`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: MessageAttributes;
}

/** Custom attributes of a message; a binary value is base64. */
export type MessageAttributes = Readonly<
  Record<string, { readonly dataType: string; readonly stringValue?: string; readonly binaryValue?: string }>
>;

/** What event source mappings and rule targets need of a queue, in process; authorisation is the caller's business. */
export interface QueuePort {
  /** Waits up to `waitMs` for a message; hides what it hands out for the queue's visibility timeout. */
  receive(queueArn: string, options: { max: number; waitMs: number; signal?: AbortSignal }): Promise<readonly ReceivedMessage[]>;
  /** Does nothing when the handle has been overtaken by a newer receive. */
  delete(queueArn: string, receiptHandle: string): void;
  /** @returns the message's id */
  send(queueArn: string, body: string, messageAttributes?: MessageAttributes, delaySeconds?: number): string;
}
