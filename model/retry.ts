import type { Duration } from "./duration.ts";

/** Exponential backoff with full jitter: the n-th wait is random between 0 and min(ceiling, backoff × 2^(n-1)). */
export interface Retry {
  /** Attempts before the message goes to the dead-letter queue. 1 to 50. */
  readonly attempts: number;
  /** Upper bound of the first wait. 1 second or more. */
  readonly backoff: Duration;
  /** Upper bound of every wait. At most 12 hours, the longest visibility timeout of SQS. */
  readonly ceiling: Duration;
}

export const DEFAULT_RETRY: Retry = { attempts: 6, backoff: "2 seconds", ceiling: "15 minutes" };
