import type { Queues } from "../sqs/queues.ts";
import { emfValues } from "./emf.ts";

/**
 * A metric alarm as the recorded `aws:cloudwatch/metricAlarm:MetricAlarm` declares it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export interface AlarmSpec {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Comparison operator such as `GreaterThanThreshold`. */
  readonly comparison: string;
  readonly threshold: number;
  /**
   * State of an alarm whose metric has no value.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
   * @default "missing"
   */
  readonly missingData?: keyof typeof WITHOUT_DATA | undefined;
}
export interface AlarmState extends AlarmSpec {
  /** Current value of the metric; `null` while it has none. */
  readonly value: number | null;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
}

const WITHOUT_DATA = {
  breaching: "ALARM",
  notBreaching: "OK",
  ignore: "INSUFFICIENT_DATA",
  missing: "INSUFFICIENT_DATA",
} as const;

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};
/** Whether the comparison operator is simulated. */
export const isComparison = (name: string): boolean => name in COMPARISONS;

/**
 * Alarms on queue metrics and on metrics that functions log. The current value decides the state: periods and statistics are not
 * simulated, and alarm actions are not performed.
 */
export class Alarms {
  readonly #queues: Queues;
  readonly #specs = new Map<string, AlarmSpec>();
  /** Last value of each logged metric, by namespace, name and dimensions. */
  readonly #loggedValues = new Map<string, number>();

  constructor(queues: Queues) {
    this.#queues = queues;
  }

  /** Creates or replaces an alarm. */
  put(id: string, spec: AlarmSpec): void {
    this.#specs.set(id, spec);
  }

  remove(id: string): void {
    this.#specs.delete(id);
  }

  /** Records the metrics of a log line in the embedded metric format; ignores other lines. */
  recordLogLine(message: unknown): void {
    for (const { namespace, metric, dimensions, value } of emfValues(message))
      this.#loggedValues.set(keyOf(namespace, metric, dimensions), value);
  }

  /** The state of all alarms now. */
  states(): readonly AlarmState[] {
    return [...this.#specs.values()].map((spec) => {
      const value = this.#valueOf(spec);
      if (value === undefined) return { ...spec, value: null, state: WITHOUT_DATA[spec.missingData ?? "missing"] };
      return { ...spec, value, state: COMPARISONS[spec.comparison]?.(value, spec.threshold) ? "ALARM" : "OK" };
    });
  }

  #valueOf({ namespace, metric, dimensions }: AlarmSpec): number | undefined {
    if (namespace !== "AWS/SQS") return this.#loggedValues.get(keyOf(namespace, metric, dimensions));
    const arn = this.#queues.arnOf(dimensions.QueueName ?? "");
    if (arn === undefined) return undefined;
    const { visible, inFlight, oldestAgeSeconds } = this.#queues.statistics(arn);
    const values: Readonly<Record<string, number>> = {
      ApproximateAgeOfOldestMessage: oldestAgeSeconds,
      ApproximateNumberOfMessagesVisible: visible,
      ApproximateNumberOfMessagesNotVisible: inFlight,
    };
    return values[metric];
  }
}

const keyOf = (namespace: string, metric: string, dimensions: Readonly<Record<string, string>>) =>
  JSON.stringify([namespace, metric, Object.entries(dimensions).sort()]);
