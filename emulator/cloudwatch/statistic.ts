/** Value -> how often it was measured; not empty. */
type Distribution = ReadonlyMap<number, number>;
type Statistic = (values: Distribution) => number;

const count: Statistic = (values) => [...values.values()].reduce((sum, times) => sum + times, 0);
const sum: Statistic = (values) => [...values].reduce((total, [value, times]) => total + value * times, 0);

const BY_NAME: Readonly<Record<string, Statistic>> = {
  SampleCount: count,
  Sum: sum,
  Average: (values) => sum(values) / count(values),
  Minimum: (values) => Math.min(...values.keys()),
  Maximum: (values) => Math.max(...values.keys()),
};

/**
 * The statistic of this name.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 * @throws RangeError for one that is not simulated, such as trimmed means
 */
export function statisticOf(name: string): Statistic {
  const known = BY_NAME[name];
  if (known) return known;
  const [, text] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name) ?? [];
  if (text !== undefined) return (values) => percentile(values, Number(text));
  const [, above, most] = /^TC\((\d*\.?\d*):(\d*\.?\d*)\)$/.exec(name) ?? [];
  if (above !== undefined && most !== undefined && above + most !== "") return trimmedCount(above, most);
  throw new RangeError(
    `the statistic ${name} is not simulated. Use one of ${Object.keys(BY_NAME).join(", ")}, p0 to p100, or TC(n:m) of values`,
  );
}

/** How many values are above the first bound and at most the second one. @param above,most "" for no bound */
function trimmedCount(above: string, most: string): Statistic {
  const [low, high] = [
    above === "" ? Number.NEGATIVE_INFINITY : Number(above),
    most === "" ? Number.POSITIVE_INFINITY : Number(most),
  ];
  return (values) => count(new Map([...values].filter(([value]) => value > low && value <= high)));
}

/** The smallest value that this share of all values do not exceed. */
function percentile(values: Distribution, percent: number): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * count(values)));
  let seen = 0;
  for (const [value, times] of sorted) {
    seen += times;
    if (seen >= rank) return value;
  }
  return sorted.at(-1)?.[0] ?? 0;
}
