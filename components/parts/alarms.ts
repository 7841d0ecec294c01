import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ChildOptions } from "./customise.ts";

/** Where alarms go. */
export interface AlarmTopic {
  /** Subscribe to it. */
  readonly arn: pulumi.Output<string>;
  /** ARNs of the topics that each alarm notifies: this one, and the further topics that the stack names. */
  readonly actions: readonly pulumi.Input<string>[];
}

/** A metric that an alarm watches. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  /** `TC(n:)`: how many values are above n. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
  readonly stat: "Sum" | "Maximum" | `TC(${number}:)`;
}

/** When an alarm rings. */
interface Ringing {
  /** What is wrong, and what to do. */
  readonly alarmDescription: string;
  /** It rings above this. @default 0 */
  readonly threshold?: number;
  /** Seconds. @default 300 */
  readonly period?: number;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default all evaluation periods */
  readonly datapointsToAlarm?: number;
}

export interface MathAlarmArgs extends Ringing {
  readonly topic: AlarmTopic;
  readonly metrics: readonly AlarmMetric[];
  /** How the metrics make one value. */
  readonly combine: "SUM" | "MAX";
}

/** "A math expression used for an alarm can include as many as 10 metrics." https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-data-queries.html */
const MOST_METRICS = 10;

/** @returns names of the alarms that so many metrics take: `<name>`, `<name>-2`, … */
export const alarmNames = (name: string, metrics: number): readonly string[] =>
  Array.from({ length: Math.ceil(metrics / MOST_METRICS) }, (_, i) => (i === 0 ? name : `${name}-${i + 1}`));

/**
 * One alarm over up to 10 metrics, and another one for each 10 further. A metric without data counts as 0: the services write most of these
 * metrics only when there is something to count. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function mathAlarms(name: string, { topic, metrics, combine, ...ringing }: MathAlarmArgs, options: ChildOptions): void {
  const { period = 300 } = ringing;
  for (const [i, made] of alarmNames(name, metrics.length).entries()) {
    const watched = metrics.slice(i * MOST_METRICS, (i + 1) * MOST_METRICS);
    const terms = watched.map((_, i) => `FILL(m${i}, 0)`);
    const queries = watched.map((metric, i) => ({ id: `m${i}`, metric: { ...metric, period } }));
    expressionAlarm(made, { topic, ...ringing, expression: `${combine}([${terms.join(", ")}])`, queries }, options);
  }
}

interface ExpressionAlarmArgs extends Ringing {
  readonly topic: AlarmTopic;
  readonly expression: string;
  readonly queries: readonly {
    readonly id: string;
    readonly metric: AlarmMetric & { readonly period: number };
  }[];
}

/** An alarm on an expression over metrics of one period. */
export const expressionAlarm = (
  name: string,
  { topic, expression, queries, threshold = 0, period: _, evaluationPeriods = 1, ...more }: ExpressionAlarmArgs,
  options: ChildOptions,
) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      ...more,
      metricQueries: [{ id: "watched", expression, label: name, returnData: true }, ...queries],
      threshold,
      evaluationPeriods,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "notBreaching",
      ...notifying(topic),
    },
    options,
  );

/** An alarm notifies when it rings, and when it is over. */
export const notifying = ({ actions }: AlarmTopic) => ({ alarmActions: [...actions], okActions: [...actions] });
