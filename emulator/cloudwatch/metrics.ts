import { statisticOf } from "./statistic.ts";

/** One value of a metric. */
export interface Measurement {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric and the statistic that makes one value of the values of a period. */
export interface MetricStat {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Such as `Sum` or `p99`; see statistic.ts. */
  readonly statistic: string;
  /** Seconds, a multiple of 60. */
  readonly period: number;
}

/** One value for each period, oldest first; `undefined` where the period has no data. */
export type Series = readonly (number | undefined)[];

/** Value -> how often it was measured. */
type Distribution = Map<number, number>;

const MINUTE_MS = 60_000;
/** Kept without an alarm that looks further back. */
const LEAST_MINUTES = 60;

/**
 * Metrics in memory, by minute of the hub's clock. A metric is known by namespace, name and the exact set of dimensions, as on AWS: a
 * value that is put with two dimensions is no value of the metric with one of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export class Metrics {
  readonly #clock: { now(): number };
  readonly #minutes = new Map<string, Map<number, Distribution>>();
  #kept = LEAST_MINUTES;

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  /** Adds a value now. Values that are no finite number are dropped, as CloudWatch refuses them. */
  put({ namespace, metric, dimensions, value }: Measurement): void {
    if (!Number.isFinite(value)) return;
    const key = keyOf(namespace, metric, dimensions);
    const minutes = this.#minutes.get(key) ?? new Map<number, Distribution>();
    this.#minutes.set(key, minutes);
    const minute = this.#minute();
    const known = minutes.get(minute);
    const distribution = known ?? new Map<number, number>();
    distribution.set(value, (distribution.get(value) ?? 0) + 1);
    if (known) return;
    minutes.set(minute, distribution);
    for (const old of minutes.keys()) if (old <= minute - this.#kept) minutes.delete(old);
  }

  /** Keeps values for at least this long. @param seconds as an alarm needs them */
  keep(seconds: number): void {
    this.#kept = Math.max(this.#kept, Math.ceil(seconds / 60) + 1);
  }

  /**
   * The last periods of a metric. The newest one ends with the running minute: CloudWatch evaluates each minute, over periods that end then.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
   * @throws RangeError for a statistic that is not simulated
   */
  series({ namespace, metric, dimensions, statistic, period }: MetricStat, periods: number): Series {
    const measure = statisticOf(statistic);
    const minutes = this.#minutes.get(keyOf(namespace, metric, dimensions));
    const length = period / 60;
    const end = this.#minute();
    return Array.from({ length: periods }, (_, i) => {
      const last = end - (periods - 1 - i) * length;
      const distribution = new Map<number, number>();
      for (let minute = last - length + 1; minute <= last; minute++)
        for (const [value, times] of minutes?.get(minute) ?? []) distribution.set(value, (distribution.get(value) ?? 0) + times);
      return distribution.size === 0 ? undefined : measure(distribution);
    });
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS);
  }
}

const keyOf = (namespace: string, metric: string, dimensions: Readonly<Record<string, string>>) =>
  JSON.stringify([namespace, metric, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
