import type { Writable } from "node:stream";
import type { Clock } from "../ports.ts";

/** The namespace of the hub's own metrics; components/parts/alarms.ts names the same. */
const NAMESPACE = "IntegrationHub";

/**
 * Writes one line in the embedded metric format, of which CloudWatch makes metrics without a call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param values name of the metric -> value; seconds where the name ends so, else a count
 */
export function metricLine(
  of: { readonly clock: Clock; readonly environment: { readonly table: string }; readonly logTo?: Writable },
  values: Readonly<Record<string, number>>,
): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: Name.endsWith("Seconds") ? "Seconds" : "Count" }));
  const directive = { Namespace: NAMESPACE, Dimensions: [["Hub"]], Metrics };
  const line = JSON.stringify({
    _aws: { Timestamp: of.clock.now(), CloudWatchMetrics: [directive] },
    // The state table's name is the stack's own, so that two hubs of an account do not mix.
    Hub: of.environment.table,
    ...values,
  });
  (of.logTo ?? process.stdout).write(`${line}\n`);
}
