import { askable, RetryableError } from "./errors.ts";
import type { Clock } from "./ports.ts";

/** Why the wait for the deadline ends when the work has ended: one value, since `abort()` without one makes an error with a trace. */
const ENDED = Symbol("the work ended");

/** Of the time of some work. */
export interface Limit {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
}

/** Its signal is made when it is asked for: most work asks for none. A class, since a getter in an object makes a hidden class for each object. */
class Cut implements Limit {
  #controller: AbortController | undefined;
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }
  abort(error: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(error);
  }
}

/**
 * Runs work for a limited time. Afterwards the signal aborts and the outcome of the work is ignored. Work that returns no promise has ended.
 * @param allowedMs on the clock
 * @param remedy last sentence of the error's message
 * @throws RetryableError `TIMEOUT`, and whatever the work throws
 */
export async function within<T>(
  clock: Clock,
  allowedMs: number,
  remedy: string,
  work: (limit: Limit) => T | Promise<T>,
): Promise<T> {
  const cut = new Cut();
  try {
    const result = work(cut);
    return isThenable(result) ? await inTime(clock, allowedMs, remedy, result, cut) : result;
  } catch (error) {
    throw askable(error);
  }
}

const isThenable = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof value === "object" && value !== null && "then" in value;

async function inTime<T>(clock: Clock, allowedMs: number, remedy: string, result: Promise<T>, cut: Cut): Promise<T> {
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
    return await Promise.race([result, deadline]);
  } finally {
    over.abort(ENDED);
  }
}
