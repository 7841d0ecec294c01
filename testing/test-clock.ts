import { performance } from "node:perf_hooks";
import type { Clock as EmulatedClock } from "../emulator/clock.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Real work may take this share of a wait before the wait passes, and at most `MOST_REAL_MS`. */
const REAL_SHARE = 1 / 50;
const MOST_REAL_MS = 1_000;

/** Virtual time: a wait passes as soon as nothing else is under way. */
export class TestClock extends VirtualTime implements EmulatedClock {
  #quietSince = performance.now();

  wait = (ms: number, signal?: AbortSignal): Promise<void> => this.sleep(ms, signal).catch(() => {});

  touch(): void {
    this.#quietSince = performance.now();
  }

  /** Lets work go on until it ends. Whenever it does nothing but wait, the clock moves to the end of the next wait. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    this.touch();
    while (!ended) {
      await new Promise(setImmediate);
      if (!ended) this.#passWait();
    }
    return work;
  }

  #passWait(): void {
    const next = this.nextEnd();
    if (next === undefined) return;
    const grace = Math.min(MOST_REAL_MS, (next - this.now()) * REAL_SHARE);
    if (performance.now() - this.#quietSince < grace) return;
    this.touch();
    this.endNext();
  }
}
