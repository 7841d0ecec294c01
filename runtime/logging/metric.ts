import type { Writable } from "node:stream";
import { DIMENSION, METRICS, type Metric, NAMESPACE } from "../../protocol/metrics.ts";
import type { Clock } from "../ports.ts";

/**
 * Writes one line in the embedded metric format, from which CloudWatch makes metrics without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(
  services: { readonly clock: Clock; readonly environment: { readonly table: string }; readonly logTo?: Writable },
  values: Readonly<Partial<Record<Metric, number>>>,
): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: METRICS[Name as Metric] }));
  const directive = { Namespace: NAMESPACE, Dimensions: [[DIMENSION]], Metrics };
  const line = JSON.stringify({
    _aws: { Timestamp: services.clock.now(), CloudWatchMetrics: [directive] },
    [DIMENSION]: services.environment.table,
    ...values,
  });
  (services.logTo ?? process.stdout).write(`${line}\n`);
}
