import { type Clock, WOKEN } from "../clock.ts";

/** Receivers that wait for a visible message. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the queue is woken, `ms` of the clock have passed, or the signal aborts. */
  async wait(queue: string, ms: number, signal?: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting);
    const wake = () => timeout.abort(WOKEN);
    waiting.add(wake);
    signal?.addEventListener("abort", wake, { once: true });
    if (signal?.aborted) wake();
    await this.#clock.wait(ms, timeout.signal);
    waiting.delete(wake);
    signal?.removeEventListener("abort", wake);
  }

  /** Wakes all receivers of the queue. Each looks for messages again, so none can miss one. */
  wake(queue: string): void {
    for (const wake of this.#waiting.get(queue) ?? []) wake();
  }
}
