import type { Writable } from "node:stream";
import { ABOUT, type About, DIMENSION, METRICS, type Metric, NAMESPACE } from "../../protocol/metrics.ts";
import type { Clock } from "../ports.ts";

/**
 * Writes one line in the embedded metric format, from which CloudWatch makes metrics without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param about the flow or the third party that the values are about. @default the whole hub
 */
export function metricLine(
  services: { readonly clock: Clock; readonly environment: { readonly table: string }; readonly logTo?: Writable },
  values: Readonly<Partial<Record<Metric, number>>>,
  about: About = {},
): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: METRICS[Name as Metric] }));
  const dimensions = {
    [DIMENSION]: services.environment.table,
    ...Object.fromEntries(Object.entries(about).map(([one, name]) => [ABOUT[one as keyof About], name])),
  };
  const directive = { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics };
  const line = JSON.stringify({
    _aws: { Timestamp: services.clock.now(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...values,
  });
  (services.logTo ?? process.stdout).write(`${line}\n`);
}
