import { askable, RetryableError } from "./errors.ts";
import type { Clock } from "./ports.ts";

/** Why the wait for the deadline ends when the work has ended: one value, since `abort()` without one makes an error with a trace. */
const ENDED = Symbol("the work ended");

/**
 * Runs work for a limited time. Afterwards the signal aborts and the outcome of the work is ignored.
 * @param allowedMs on the clock
 * @param remedy last sentence of the error's message
 * @throws RetryableError `TIMEOUT`, and whatever the work throws
 */
export async function within<T>(
  clock: Clock,
  allowedMs: number,
  remedy: string,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const over = new AbortController();
  const deadline = clock.sleep(allowedMs, over.signal).then(
    () => {
      const error = new RetryableError(
        "TIMEOUT",
        `the handler did not end within ${Math.round(allowedMs / 1_000)} seconds. ${remedy}`,
      );
      cut.abort(error);
      throw error;
    },
    () => new Promise<never>(() => {}), // the work ended first
  );
  try {
    return await Promise.race([(async () => work(cut.signal))(), deadline]);
  } catch (error) {
    throw askable(error);
  } finally {
    over.abort(ENDED);
  }
}
