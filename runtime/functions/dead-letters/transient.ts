import { spread } from "../../backoff.ts";

/** Error codes of failures that pass by themselves. Only these are redriven automatically. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "THIRD_PARTY_FAILED",
  "THIRD_PARTY_UNREACHABLE",
  "THIRD_PARTY_TIMEOUT",
  "THIRD_PARTY_BUSY",
  "RATE_LIMITED",
  "PUBLISH_FAILED",
  "DELIVERY_CONTENDED",
  "SECRET_UNAVAILABLE",
  "TIMEOUT",
  "EXPIRING",
  // Of a newer version, published while a deployment was under way.
  "UNSUPPORTED_VERSION",
  // EventBridge's own, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  "THROTTLING",
  "ERROR_FROM_TARGET",
  "INTERNAL_ERROR",
  // EventBridge Scheduler's, and what PutEvents answers it
  "AWS.Scheduler.InternalServerError",
  "ThrottlingException",
  "InternalFailure",
  "InternalException",
  // Lambda's, of asynchronous invocations
  "EventAgeExceeded",
]);

const MINUTE = 60_000;
/** Waits before each automatic redrive. After the last one, operators decide. */
const WAITS_MS: readonly number[] = [5 * MINUTE, 30 * MINUTE, 120 * MINUTE, 360 * MINUTE];

/**
 * When to send a dead letter back automatically, in ms since the epoch: 5 minutes, 30 minutes, 2 hours and 6 hours after it was
 * recorded, each up to a quarter longer, so that dead letters that failed together do not come back together.
 * @param redrives automatic redrives so far
 * @param random 0 up to 1
 * @returns `undefined` for a failure that does not pass, or when all redrives are used up
 */
export function redriveTime(errorCode: string, redrives: number, now: number, random: number): number | undefined {
  const wait = WAITS_MS[redrives];
  return wait === undefined || !TRANSIENT.has(errorCode) ? undefined : Math.round(now + spread(wait, 0.25, random));
}
