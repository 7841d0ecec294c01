import type { Clock } from "../runtime/ports.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock whose time passes from the end of one wait to the next. Subclasses decide when everything waits. */
export abstract class VirtualTime implements Clock {
  #now: number;
  /** By time; of equal times the first comes first. */
  #sleepers: Sleeper[] = [];

  /** @param start ms since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  /** Something has happened: time must not pass yet. */
  abstract touch(): void;

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    this.touch();
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + Math.max(0, ms), wake: resolve };
      this.#insert(sleeper);
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  };

  /** Moves the clock forward. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** @returns when the next wait ends, ms since the epoch */
  protected nextEnd(): number | undefined {
    return this.#sleepers[0]?.at;
  }

  /** Moves the clock to the end of the next wait, and ends it. @returns false when nothing waits */
  protected endNext(): boolean {
    const next = this.#sleepers.shift();
    if (!next) return false;
    this.moveTo(next.at);
    next.wake();
    return true;
  }

  #insert(sleeper: Sleeper): void {
    let [low, high] = [0, this.#sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle]?.at ?? 0) <= sleeper.at) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }
}
