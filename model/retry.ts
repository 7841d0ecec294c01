import type { Duration } from "./duration.ts";

/** Exponential backoff with full jitter: the n-th wait is random between 0 and min(ceiling, backoff × 2^(n-1)). */
export interface Retry {
  /** Attempts before the message goes to the dead-letter queue. @range 1 to 50 */
  readonly attempts: number;
  /** Upper bound of the first wait. @range 1 second to 12 hours */
  readonly backoff: Duration;
  /** Upper bound of every wait; SQS hides a message for 12 hours at most. @range 1 second to 12 hours */
  readonly ceiling: Duration;
}

export const DEFAULT_RETRY: Retry = { attempts: 6, backoff: "2 seconds", ceiling: "15 minutes" };
