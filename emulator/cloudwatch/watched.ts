import { isList, MathError, type Value } from "./math-functions.ts";
import { type Expression, parseMath } from "./metric-math.ts";
import type { MetricStat, Metrics, Series } from "./metrics.ts";
import { statisticOf } from "./statistic.ts";

/** What an alarm watches. */
export interface Watched {
  /** Seconds. */
  readonly period: number;
  readonly stats: readonly MetricStat[];
  /** Names of the metrics. */
  readonly names: readonly string[];
  /** The last periods, oldest first. */
  read(metrics: Metrics, periods: number): Series;
}

/** A member of an alarm's `Metrics`: a metric, or an expression over the others. */
export interface MetricQuery {
  readonly id: string;
  readonly stat?: MetricStat | undefined;
  readonly expression?: string | undefined;
  /** The alarm watches this one. */
  readonly returned: boolean;
}

/** "A math expression used for an alarm can include as many as 10 metrics." https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-data-queries.html */
const MOST_METRICS = 10;

/** @throws MathError for a period or a statistic that is not simulated */
export function watchedMetric(stat: MetricStat): Watched {
  checkStat(stat);
  return { period: stat.period, stats: [stat], names: [stat.metric], read: (metrics, periods) => metrics.series(stat, periods) };
}

/**
 * @throws MathError for what CloudWatch refuses or is not simulated: an expression, more than 10 metrics, different periods, none or
 *   several that the alarm would watch
 */
export function watchedExpression(queries: readonly MetricQuery[]): Watched {
  const stats = queries.flatMap(({ stat }) => (stat ? [stat] : []));
  if (stats.length > MOST_METRICS) throw new MathError(`it has ${stats.length} metrics, and an alarm takes ${MOST_METRICS}`);
  const [first, ...others] = stats;
  if (!first) throw new MathError("it has no metric");
  if (others.some(({ period }) => period !== first.period)) throw new MathError("its metrics have different periods");
  const [watched, ...more] = queries.filter(({ returned }) => returned);
  if (!watched || more.length > 0) throw new MathError("exactly one of its metricQueries must have returnData");
  for (const { id } of queries)
    if (!/^[a-z]\w*$/.test(id)) throw new MathError(`the id ${id} must begin with a lower-case letter`);
  stats.forEach(checkStat);
  const parsed = new Map(
    queries.flatMap(({ id, expression }) => (expression === undefined ? [] : [[id, parseMath(expression)] as const])),
  );
  const read = (series: (stat: MetricStat) => Series) => resultOf(watched.id, queries, parsed, series);
  // A first reading finds unknown ids and operands that do not fit.
  asSeries(
    read(() => [undefined]),
    watched.id,
  );
  return {
    period: first.period,
    stats,
    names: stats.map(({ metric }) => metric),
    read: (metrics, periods) =>
      asSeries(
        read((stat) => metrics.series(stat, periods)),
        watched.id,
      ),
  };
}

function resultOf(
  id: string,
  queries: readonly MetricQuery[],
  parsed: ReadonlyMap<string, Expression>,
  series: (stat: MetricStat) => Series,
  within: readonly string[] = [],
): Value {
  if (within.includes(id)) throw new MathError(`${id} refers to itself`);
  const query = queries.find((one) => one.id === id);
  if (!query) throw new MathError(`it has no metric with the id ${id}`);
  if (query.stat) return series(query.stat);
  const expression = parsed.get(id);
  if (!expression) throw new MathError(`${id} has neither a metric nor an expression`);
  return expression({
    of: (other) => resultOf(other, queries, parsed, series, [...within, id]),
    metricIds: queries.flatMap((one) => (one.stat ? [one.id] : [])),
  });
}

function asSeries(value: Value, id: string): Series {
  if (typeof value === "number" || isList(value)) throw new MathError(`${id} gives no single time series, which an alarm needs`);
  return value;
}

function checkStat({ period, statistic, metric }: MetricStat): void {
  if (!Number.isInteger(period / 60) || period < 60)
    throw new MathError(`the period ${period} of ${metric} is no multiple of 60`);
  try {
    statisticOf(statistic);
  } catch (error) {
    throw new MathError((error as Error).message);
  }
}
