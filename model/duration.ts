type Unit = "second" | "minute" | "hour" | "day";

/** A length of time with its unit, such as `"10 seconds"`, `"1 minute"` or `"0.5 hours"`. */
export type Duration = `${number} ${Unit | `${Unit}s`}`;

const SECONDS: Record<Unit, number> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const FORM = /^(\d+(?:\.\d+)?) (second|minute|hour|day)s?$/;

/**
 * @returns the duration in seconds, or `undefined` when the text is not a {@link Duration}
 *   (the type lets `"-1 seconds"` and `"1e9 days"` through; this does not).
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = FORM.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * SECONDS[unit as Unit];
}

/**
 * @returns the duration in seconds.
 * @throws RangeError when the text is not a {@link Duration}.
 */
export function seconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) {
    throw new RangeError(`"${duration}" is not a duration. Write a number and a unit, such as "30 seconds".`);
  }
  return parsed;
}
