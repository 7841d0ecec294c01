/** A message as a consumer receives it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, { readonly dataType: string; readonly stringValue?: string }>>;
}

/** What event source mappings and rule targets need of a queue, in process; authorisation is the caller's business. */
export interface QueuePort {
  /** Waits up to `waitMs` for a message; hides what it hands out for the queue's visibility timeout. */
  receive(queueArn: string, options: { max: number; waitMs: number; signal?: AbortSignal }): Promise<readonly ReceivedMessage[]>;
  delete(queueArn: string, receiptHandle: string): void;
  send(queueArn: string, body: string, messageAttributes?: ReceivedMessage["messageAttributes"], delaySeconds?: number): string;
}
