import type { Measurement } from "./metrics.ts";

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const MOST_DIMENSIONS = 30;
const MOST_VALUES = 100;

/**
 * Reads the metrics of a log line.
 * @param message the parsed line
 * @returns one entry per value, metric and dimension set; empty when the line is not in the embedded metric format. As CloudWatch does, it
 *   leaves out a directive without namespace, a set whose dimension the line lacks, and values that are no numbers
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfValues(message: unknown): readonly Measurement[] {
  if (typeof message !== "object" || message === null || !("_aws" in message)) return [];
  const fields = message as Readonly<Record<string, unknown>>;
  const { CloudWatchMetrics = [] } = (fields._aws ?? {}) as { readonly CloudWatchMetrics?: readonly Directive[] };
  return CloudWatchMetrics.filter(({ Namespace }) => typeof Namespace === "string" && Namespace !== "").flatMap(
    ({ Namespace, Dimensions, Metrics }) =>
      Dimensions.filter(
        (names) => names.length <= MOST_DIMENSIONS && names.every((name) => typeof fields[name] === "string"),
      ).flatMap((names) =>
        Metrics.flatMap(({ Name }) =>
          valuesOf(fields[Name]).map((value) => ({
            namespace: Namespace,
            metric: Name,
            dimensions: Object.fromEntries(names.map((name) => [name, String(fields[name])])),
            value,
          })),
        ),
      ),
  );
}

/** A number, or an array of at most 100. */
const valuesOf = (value: unknown): readonly number[] =>
  (Array.isArray(value) ? value.slice(0, MOST_VALUES) : [value]).filter((one) => typeof one === "number");
