import type { Clock } from "../../../runtime/ports.ts";

/** Short sleeps pass at once and move the clock; longer ones (a handler's deadline) wait for `advance`. */
export class FakeClock implements Clock {
  time = Date.parse("2026-11-24T10:00:00.000Z");
  readonly slept: number[] = [];
  readonly #waiting: { at: number; wake: () => void }[] = [];
  readonly #patience: number;

  constructor(patience = 2_500) {
    this.#patience = patience;
  }

  now = () => this.time;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (ms <= this.#patience) {
      this.slept.push(ms);
      this.time += ms;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ at: this.time + ms, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  };

  advance(ms: number): void {
    this.time += ms;
    for (const { at, wake } of this.#waiting) if (at <= this.time) wake();
  }
}
