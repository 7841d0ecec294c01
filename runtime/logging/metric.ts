import type { Writable } from "node:stream";
import { DIMENSION, METRICS, type Metric, NAMESPACE, PARTY_DIMENSION } from "../../protocol/metrics.ts";
import type { Clock } from "../ports.ts";

/**
 * Writes one line in the embedded metric format, from which CloudWatch makes metrics without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param thirdParty name of the adapter that the values are about. @default none
 */
export function metricLine(
  services: { readonly clock: Clock; readonly environment: { readonly table: string }; readonly logTo?: Writable },
  values: Readonly<Partial<Record<Metric, number>>>,
  thirdParty?: string,
): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: METRICS[Name as Metric] }));
  const dimensions = {
    [DIMENSION]: services.environment.table,
    ...(thirdParty !== undefined && { [PARTY_DIMENSION]: thirdParty }),
  };
  const directive = { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics };
  const line = JSON.stringify({
    _aws: { Timestamp: services.clock.now(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...values,
  });
  (services.logTo ?? process.stdout).write(`${line}\n`);
}
