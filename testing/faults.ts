import { type Duration, seconds } from "../model/index.ts";
import type { Crashes } from "./crashes.ts";

/**
 * What goes wrong beside third parties. With a seed, chance decides, and the same seed decides alike; with `crashAt`, one process dies.
 */
export type TestFaults =
  | {
      /** Any whole number. */
      readonly seed: number;
      /** Probability that a message arrives twice. 0 to 1. @default 0.1 */
      readonly duplicates?: number;
      /** Messages arrive up to this much later, and so in another order. @default "10 seconds" */
      readonly delay?: Duration;
      /** Probability that the process dies before or after a call to AWS or a third party. 0 to 0.1. @default 0.01 */
      readonly crashes?: number;
    }
  | {
      /** Number of the point at which the process dies, from 0: before or after a call to AWS or a third party. */
      readonly crashAt: number;
    };

/** From the bus to a function. */
const TRANSIT_MS = 20;

/** Decides what goes wrong. */
export interface Chance extends Crashes {
  /** 0 up to 1. */
  random(): number;
  /** @returns for each time that a message arrives: how much later, in ms */
  arrivals(): readonly number[];
  /** Points at which the process could have died so far. */
  readonly points: number;
}

/** @throws RangeError for a probability outside its range */
export function chanceOf(faults: TestFaults | undefined): Chance {
  const seeded = faults && "seed" in faults ? faults : undefined;
  const { duplicates = 0.1, crashes = 0.01, delay = "10 seconds" } = seeded ?? {};
  if (!(duplicates >= 0 && duplicates <= 1)) throw new RangeError(`faults.duplicates is ${duplicates}. Give 0 to 1.`);
  if (!(crashes >= 0 && crashes <= 0.1)) throw new RangeError(`faults.crashes is ${crashes}. Give 0 to 0.1.`);
  const random = mulberry32(seeded?.seed ?? 1);
  const latest = seconds(delay) * 1_000;
  let points = 0;
  return {
    random,
    get points() {
      return points;
    },
    dies() {
      const point = points++;
      if (!faults) return false;
      return "crashAt" in faults ? point === faults.crashAt : random() < crashes;
    },
    arrivals: () =>
      seeded
        ? Array.from({ length: random() < duplicates ? 2 : 1 }, () => TRANSIT_MS + Math.floor(random() * latest))
        : [TRANSIT_MS],
  };
}

/** https://github.com/cprosche/mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
