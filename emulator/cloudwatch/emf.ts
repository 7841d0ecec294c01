interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}
export interface MetricValue {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads the metrics of a log line.
 * @param message the parsed line
 * @returns one entry per metric and dimension set; empty when the line is not in the embedded metric format
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfValues(message: unknown): readonly MetricValue[] {
  if (typeof message !== "object" || message === null || !("_aws" in message)) return [];
  const fields = message as Readonly<Record<string, unknown>>;
  const { CloudWatchMetrics = [] } = (fields._aws ?? {}) as { readonly CloudWatchMetrics?: readonly Directive[] };
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => ({
        namespace: Namespace,
        metric: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, String(fields[name])])),
        value: Number(fields[Name]),
      })),
    ),
  );
}
