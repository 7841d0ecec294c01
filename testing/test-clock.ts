import { performance } from "node:perf_hooks";
import type { Clock as EmulatedClock } from "../emulator/clock.ts";
import type { Clock } from "../runtime/ports.ts";

/** Real work may take this share of a wait before the wait passes, and at most `MOST_REAL_MS`. */
const REAL_SHARE = 1 / 50;
const MOST_REAL_MS = 1_000;

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Virtual time: a wait passes as soon as nothing else is under way. */
export class TestClock implements Clock, EmulatedClock {
  #now: number;
  #quietSince = performance.now();
  readonly #timers = new Set<Timer>();

  /** @param start ms since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    this.busy();
    return new Promise((resolve, reject) => {
      const timer = { at: this.#now + ms, wake: resolve };
      this.#timers.add(timer);
      const abort = () => {
        this.#timers.delete(timer);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  };

  wait = (ms: number, signal?: AbortSignal): Promise<void> => this.sleep(ms, signal).catch(() => {});

  /** Something has just happened. */
  busy(): void {
    this.#quietSince = performance.now();
  }

  /** Moves the clock forward. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** Lets work go on until it ends. Whenever it does nothing but wait, the clock moves to the end of the next wait. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    this.busy();
    while (!ended) {
      await new Promise(setImmediate);
      if (!ended) this.#passWait();
    }
    return work;
  }

  #passWait(): void {
    const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (!next) return;
    const grace = Math.min(MOST_REAL_MS, (next.at - this.#now) * REAL_SHARE);
    if (performance.now() - this.#quietSince < grace) return;
    this.#timers.delete(next);
    this.moveTo(next.at);
    this.busy();
    next.wake();
  }
}
