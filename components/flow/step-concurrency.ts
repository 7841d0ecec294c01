import { type AnyStep, seconds } from "../../model/index.ts";
import { DEFAULTS } from "../parts/defaults.ts";

/** Of an event source mapping. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency */
const [LEAST, MOST] = [2, 1_000];
/** Seconds that a message takes beside its call. */
const OVERHEAD = 1;

/**
 * Most batches of a step at once, of a queue. A step that calls a third party with a rate limit needs no more than keep that limit busy while each
 * call takes as long as the adapter allows: further ones would only wait for their turn.
 * @param otherwise of a step that neither says how many nor has such a limit. @default the account's
 * @returns `undefined`: no limit of its own
 */
export function stepConcurrency(
  { concurrency, uses = {}, batchSize = DEFAULTS.batchSize, delivery }: AnyStep,
  otherwise?: number,
): number | undefined {
  if (delivery === "direct") return undefined;
  if (concurrency !== undefined) return concurrency;
  const needs = Object.values(uses).flatMap(({ rateLimit, timeout }) =>
    rateLimit ? [(rateLimit.calls / seconds(rateLimit.per)) * (seconds(timeout) + OVERHEAD)] : [],
  );
  if (needs.length === 0) return otherwise;
  return Math.min(MOST, Math.max(LEAST, Math.ceil(Math.max(...needs) / batchSize)));
}
