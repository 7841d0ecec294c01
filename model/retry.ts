import type { Duration } from "./duration.ts";

/** Exponential backoff with full jitter: the n-th wait is random between 0 and min(ceiling, backoff x 2^(n-1)). */
export interface Retry {
  /** Times the handler is started before the message goes to the dead-letter queue. 1 to 50. */
  readonly attempts: number;
  /** Upper bound of the first wait. 1 second or more. */
  readonly backoff: Duration;
  /** Upper bound of every wait. 12 hours at most, which is as long as SQS hides a message. */
  readonly ceiling: Duration;
}

export const DEFAULT_RETRY: Retry = { attempts: 6, backoff: "2 seconds", ceiling: "15 minutes" };
