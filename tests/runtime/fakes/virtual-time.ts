import type { Clock } from "../../../runtime/ports.ts";

/** Turns of the event loop without a call of the clock or of what reports to it, after which everything waits for time to pass. */
const QUIET_TURNS = 4;

/** A clock for simulations: time passes only while everything waits for it. */
export class VirtualTime implements Clock {
  #now = Date.parse("2026-11-24T10:00:00.000Z");
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #activity = 0;

  now = () => this.#now;

  /** Something has happened: time must not pass yet. */
  touch = (): void => {
    this.#activity += 1;
  };

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    this.touch();
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + Math.max(0, ms), wake: resolve };
      this.#insert(sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
  };

  /** Lets time pass until `done` holds. @throws Error when nothing waits for time and it does not hold, or after `hours` */
  async until(done: () => boolean, hours: number): Promise<void> {
    const end = this.#now + hours * 3_600_000;
    for (;;) {
      await this.#settle();
      if (done()) return;
      const next = this.#sleepers.shift();
      if (!next) throw new Error("nothing waits for time to pass");
      this.#now = Math.max(this.#now, next.at);
      if (this.#now > end) throw new Error(`it is not done after ${hours} hours`);
      next.wake();
    }
  }

  /** Sorted by time; of equal times the first comes first. */
  #insert(sleeper: { readonly at: number; readonly wake: () => void }): void {
    let [low, high] = [0, this.#sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle]?.at ?? 0) <= sleeper.at) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      const before = this.#activity;
      await new Promise(setImmediate);
      if (this.#activity !== before) quiet = -1;
    }
  }
}
