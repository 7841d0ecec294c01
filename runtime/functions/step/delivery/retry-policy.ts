import { seconds } from "../../../../model/duration.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { DEFAULT_RETRY, type Retry } from "../../../../model/retry.ts";
import { DIRECT_ATTEMPTS } from "../../../limits.ts";

/** The step's own retry, else that of the adapter with the most attempts, else the default; Lambda caps direct delivery. */
export function retryOf(step: AnyStep): Retry {
  const adapters = Object.values(step.uses ?? {}).flatMap(({ retry }): readonly Retry[] => (retry ? [retry] : []));
  const [patient] = adapters.sort((a, b) => b.attempts - a.attempts);
  const retry = step.retry ?? patient ?? DEFAULT_RETRY;
  return step.delivery === "direct" ? { ...retry, attempts: Math.min(retry.attempts, DIRECT_ATTEMPTS) } : retry;
}

/**
 * Exponential backoff with full jitter. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt that has failed, from 1.
 * @param random 0 up to 1.
 * @returns whole seconds, at least 1: SQS knows no parts of seconds, and 0 would be no wait at all.
 */
export function backoffSeconds({ backoff, ceiling }: Retry, attempt: number, random: number): number {
  // beyond 2^30 the ceiling holds anyway
  const bound = Math.min(seconds(ceiling), seconds(backoff) * 2 ** Math.min(attempt - 1, 30));
  return Math.max(1, Math.ceil(bound * random));
}
