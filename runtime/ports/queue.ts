/** Queues, by their URL. */
export interface Queue {
  send(url: string, body: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Keeps a received message hidden for this long from now. 0 to 43200 seconds, whole. */
  hide(url: string, receiptHandle: string, seconds: number): Promise<void>;
}
