import { seconds } from "../../../../model/duration.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { DEFAULT_RETRY, type Retry } from "../../../../model/retry.ts";
import { DIRECT_ATTEMPTS } from "../../../../protocol/limits.ts";
import { waitOf } from "../../../backoff.ts";

/** The step's own retry, else that of the adapter with the most attempts, else the default; Lambda caps direct delivery. */
export function retryOf(step: AnyStep): Retry {
  const adapters = Object.values(step.uses ?? {}).flatMap(({ retry }): readonly Retry[] => (retry ? [retry] : []));
  const [patient] = adapters.sort((a, b) => b.attempts - a.attempts);
  const retry = step.retry ?? patient ?? DEFAULT_RETRY;
  return step.delivery === "direct" ? { ...retry, attempts: Math.min(retry.attempts, DIRECT_ATTEMPTS) } : retry;
}

/**
 * Exponential backoff with full jitter.
 * @param attempt that has failed, from 1
 * @param random 0 up to 1
 * @returns whole seconds, at least 1: SQS takes whole seconds, and 0 would be no wait
 */
export function backoffSeconds({ backoff, ceiling }: Retry, attempt: number, random: number): number {
  const wait = waitOf({ jitter: "full", base: seconds(backoff), cap: seconds(ceiling) }, attempt, random);
  return Math.max(1, Math.ceil(wait));
}
