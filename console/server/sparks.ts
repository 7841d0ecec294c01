import type { Sparks } from "../shared/api.ts";

/** Parts of a spark line. */
const PARTS = 24;
const LEAST_MS = 3_600_000;

/** Dead letters of a group that failed for the first time then. */
export interface FirstFailures {
  readonly group: string;
  /** ISO 8601. */
  readonly at: string;
  readonly n: number;
}

/** @returns one line per group, all over the same time: from the oldest failure, or an hour ago, until now. @param now ms since the epoch */
export function sparksOf(failures: readonly FirstFailures[], now: number): Sparks {
  const known = failures.map(({ at, ...one }) => ({ ...one, at: Date.parse(at) })).filter(({ at }) => !Number.isNaN(at));
  const from = known.reduce((least, { at }) => Math.min(least, at), now - LEAST_MS);
  const length = (now - from) / PARTS;
  const counts: Record<string, number[]> = {};
  for (const { group, at, n } of known) {
    const line = counts[group] ?? new Array<number>(PARTS).fill(0);
    counts[group] = line;
    const part = Math.min(PARTS - 1, Math.floor((at - from) / length));
    line[part] = (line[part] ?? 0) + n;
  }
  return { from: new Date(from).toISOString(), to: new Date(now).toISOString(), counts };
}
