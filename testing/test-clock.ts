import { performance } from "node:perf_hooks";
import type { Clock as EmulatedClock } from "../emulator/clock.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Real work may take this share of a wait before the wait passes, and at most `MOST_REAL_MS`. */
const REAL_SHARE = 1 / 50;
const MOST_REAL_MS = 1_000;

/** Turns of the event loop for which nothing happens before a wait passes, where only the clock can go on. */
const QUIET_TURNS = 20;

/** Virtual time: a wait passes as soon as nothing else is under way. */
export class TestClock extends VirtualTime implements EmulatedClock {
  readonly #real: () => number;
  #quietSince: number;
  #quietTurns = 0;
  /** Calls of third parties that have not been answered. */
  #calls = 0;

  /**
   * @param start ms since the epoch
   * @param real the machine's time, ms. @default that of performance
   */
  constructor(start: number, real: () => number = () => performance.now()) {
    super(start);
    this.#real = real;
    this.#quietSince = real();
  }

  wait = (ms: number, signal?: AbortSignal): Promise<void> => this.sleep(ms, signal).catch(() => {});

  touch(): void {
    this.#quietSince = this.#real();
    this.#quietTurns = 0;
  }

  /**
   * Counts a call of a third party as under way until it is answered or given up. Third parties are in memory: while one does not answer, and the
   * process has opened nothing since, only the clock can go on.
   * @param signal gives the call up: it rejects with the signal's reason, as `fetch` does
   */
  calling<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
    this.#calls += 1;
    const givenUp = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    return Promise.race([call, givenUp]).finally(() => {
      this.#calls -= 1;
      this.touch();
    });
  }

  /**
   * Lets work go on until it ends. Whenever it does nothing but wait, the clock moves to the end of the next wait.
   * @param code whose it is: the hub's own does nothing beside its waits, an author's may. @default "author"
   */
  async run<T>(work: Promise<T>, code: "author" | "hub" = "author"): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    this.touch();
    const before = openResources();
    while (!ended) {
      await new Promise(setImmediate);
      if (!ended) this.#passWait(before, code);
    }
    return work;
  }

  #passWait(before: ReadonlyMap<string, number>, code: "author" | "hub"): void {
    const next = this.nextEnd();
    if (next === undefined) return;
    this.#quietTurns += 1;
    const grace = Math.min(MOST_REAL_MS, (next - this.now()) * REAL_SHARE);
    const isWaiting = this.#calls > 0 || code === "hub";
    const isOnlyTime = isWaiting && this.#quietTurns > QUIET_TURNS && !hasOpened(before, this.#calls);
    if (!isOnlyTime && this.#real() - this.#quietSince < grace) return;
    this.touch();
    this.endNext();
  }
}

/** What keeps the process alive, by kind: files, sockets, timers. */
function openResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // Each turn of `run` is an Immediate.
  for (const kind of process.getActiveResourcesInfo()) if (kind !== "Immediate") counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
/** @param calls under way: each has a timer for its adapter's timeout */
const hasOpened = (before: ReadonlyMap<string, number>, calls: number): boolean =>
  [...openResources()].some(([kind, count]) => count > (before.get(kind) ?? 0) + (kind === "Timeout" ? calls : 0));
