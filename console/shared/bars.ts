const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths of a bar, ms, which divide the next longer unit; and how many digits of an ISO time differ between bars. */
const LENGTHS: readonly (readonly [ms: number, digits: number])[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => [n * SECOND, "2026-11-29T12:00:00".length] as const),
  ...[1, 2, 5, 10, 15, 30].map((n) => [n * MINUTE, "2026-11-29T12:00".length] as const),
  ...[1, 2, 3, 6, 12].map((n) => [n * HOUR, "2026-11-29T12".length] as const),
  ...[1, 2, 7, 14, 28, 91, 364].map((n) => [n * DAY, "2026-11-29".length] as const),
];
const MOST_BARS = 60;

export interface Bars {
  /** ISO 8601: begin of the first one. */
  readonly from: string;
  readonly barMs: number;
  readonly count: number;
  /** Times of one bar have as many digits of ISO 8601 in common, or fewer. */
  readonly digits: number;
  /** @param time ISO 8601, at least its first `digits` characters */
  readonly barOf: (time: string) => number;
}

/** At most 60 bars from the first to the last moment, each of a length that people count in. @param first, last ISO 8601 */
export function barsBetween(first: string, last: string): Bars {
  const [begin, end] = [Date.parse(first), Date.parse(last)];
  const place = (ms: number, length: number) => Math.floor(ms / length);
  const [barMs, digits] = LENGTHS.find(([ms]) => place(end, ms) - place(begin, ms) < MOST_BARS) ?? [364 * DAY, 10];
  const base = place(begin, barMs);
  return {
    from: new Date(base * barMs).toISOString(),
    barMs,
    count: Math.min(MOST_BARS, place(end, barMs) - base + 1),
    digits,
    barOf: (time) => place(Date.parse(`${(time + "0000-01-01T00:00:00".slice(time.length)).slice(0, 19)}Z`), barMs) - base,
  };
}
