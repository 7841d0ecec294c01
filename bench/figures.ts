/** Figures of one subject: their median, and the middle half of them. */
export interface Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** @throws RangeError without values */
export function figureOf(values: readonly number[]): Figure {
  if (values.length === 0) throw new RangeError("a figure needs values");
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), runs: values.length };
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * The ratio of two subjects that ran in turns: its median and middle half over the pairs of runs, so that what slows the machine down for a
 * while slows both.
 */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Figure {
  return figureOf(ours.map((value, i) => value / (theirs[i] ?? Number.NaN)));
}

/** @returns the median, with the middle half where they differ; "–" where what it is divided by was too short to be timed */
export const shown = ({ median, low, high }: Figure, digits = 0): string =>
  !Number.isFinite(median)
    ? "–"
    : low === high
      ? median.toFixed(digits)
      : `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
