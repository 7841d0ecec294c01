import type { Part } from "../shared/spans.ts";

/** A longer pause is folded. */
const FOLD_FROM_MS = 5_000;
const FOLDED_MS = 400;

export interface TimeScale {
  /** Times in which nothing happened, shown short. */
  readonly folds: readonly Part[];
  /** @returns percent of the width at which a moment lies. @param ms since the epoch */
  readonly placeOf: (ms: number) => number;
  /** @returns percent of the width, such that the shortest part can be seen */
  readonly widthOf: (part: Part) => number;
}

/** Least width of a part, percent. */
const LEAST = 0.4;

/**
 * The scale of a time line from `begin` to the end of the last part; longer times between parts are folded.
 * @param begin ms since the epoch
 */
export function timeScale(parts: readonly Part[], begin: number): TimeScale {
  const folds: Part[] = [];
  let busyUntil = begin;
  for (const { start, end } of [...parts].sort((a, b) => a.start - b.start)) {
    if (start - busyUntil > FOLD_FROM_MS) folds.push({ start: busyUntil, end: start });
    busyUntil = Math.max(busyUntil, end);
  }
  const unfolded = (ms: number) =>
    folds.reduce((place, fold) => {
      if (ms <= fold.start) return place;
      const within = Math.min(ms, fold.end) - fold.start;
      return place - within + (within / (fold.end - fold.start)) * FOLDED_MS;
    }, ms - begin);
  const whole = Math.max(1, unfolded(busyUntil));
  const placeOf = (ms: number) => (unfolded(ms) / whole) * 100;
  return { folds, placeOf, widthOf: ({ start, end }) => Math.max(LEAST, placeOf(end) - placeOf(start)) };
}
