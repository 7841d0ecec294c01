import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Slo } from "../../model/index.ts";
import { ABOUT, DIMENSION, METRIC, type Metric, NAMESPACE } from "../../protocol/metrics.ts";
import { BUDGET_DAYS, BURN_RATES, BURN_WINDOWS, LEAST_LATE, mostLate } from "../../protocol/slo.ts";
import { type AlarmMetric, type AlarmTopic, expressionAlarm, mathAlarms } from "./alarms.ts";
import type { ChildOptions } from "./customise.ts";

/** What the alarms of a flow have in common; the hub itself has them too, for its ledger. */
interface FlowAlarmArgs {
  readonly topic: AlarmTopic;
  /** The flow's name, or `HUB_ITSELF`. */
  readonly flow: string;
}
interface OfTable {
  readonly table: Pick<aws.dynamodb.Table, "name">;
}

/** Names of a flow's alarms start with these; docs/monitoring.md explains each. */
export const FLOW_ALARMS = {
  errors: "errors",
  waiting: "waiting",
  undelivered: "undelivered",
  recorded: "dead-letters-recorded",
  unrecorded: "dead-letters-unrecorded",
  fastBurn: "slo-fast-burn",
  slowBurn: "slo-slow-burn",
} as const;
const METRICS_OF_FUNCTION = ["Errors", "Throttles"] as const;
const METRICS_OF_RULE = ["FailedInvocations", "InvocationsSentToDlq"] as const;

/** Number of metrics that each kind of alarm watches. */
export const watchedBy = {
  errors: (functions: number) => METRICS_OF_FUNCTION.length * functions,
  waiting: (queues: number) => 1 + queues,
  undelivered: (rules: number) => METRICS_OF_RULE.length * rules,
  recorded: () => 1,
  unrecorded: () => 2,
  fastBurn: () => 2,
  slowBurn: () => 2,
} as const;

/** Seconds. A step that keeps up takes its messages within milliseconds; one that backs off ends in dead letters. */
const LONGEST_WAIT = 3_600;

/** Metrics of the hub's own about one flow, or one third party. */
export const ownMetric = (
  metricName: Metric,
  stat: AlarmMetric["stat"],
  { table, ...about }: OfTable & { readonly flow?: string; readonly thirdParty?: string },
): AlarmMetric => ({
  namespace: NAMESPACE,
  metricName,
  stat,
  dimensions: {
    [DIMENSION]: table.name,
    ...Object.fromEntries(Object.entries(about).map(([one, name]) => [ABOUT[one as keyof typeof ABOUT], name])),
  },
});

/** A function dies or can't start, runs into its timeout, or gets no concurrency. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const errorsAlarm = (
  prefix: string,
  { topic, flow, functions }: FlowAlarmArgs & { readonly functions: readonly aws.lambda.Function[] },
  options: ChildOptions,
) =>
  mathAlarms(
    `${prefix}-${FLOW_ALARMS.errors}`,
    {
      topic,
      alarmDescription: `Functions of ${flow} fail to run, or are throttled: read their logs`,
      combine: "SUM",
      metrics: functions.flatMap(({ name }) =>
        METRICS_OF_FUNCTION.map((metricName) => ({
          namespace: "AWS/Lambda",
          metricName,
          dimensions: { FunctionName: name },
          stat: "Sum" as const,
        })),
      ),
    },
    options,
  );

export interface WatchedQueue {
  readonly queue: aws.sqs.Queue;
}

/**
 * Messages wait longer than an hour: the step does not keep up, or keeps failing (the runtime measures that), or its queue is not read (SQS
 * does). Neither suffices alone: a function that is not called measures nothing, and SQS leaves out messages received three times or more.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const waitingAlarm = (
  prefix: string,
  { topic, table, flow, queues }: FlowAlarmArgs & OfTable & { readonly queues: readonly WatchedQueue[] },
  options: ChildOptions,
) =>
  mathAlarms(
    `${prefix}-${FLOW_ALARMS.waiting}`,
    {
      topic,
      alarmDescription: `Messages of ${flow} wait for more than ${LONGEST_WAIT / 60} minutes`,
      combine: "MAX",
      threshold: LONGEST_WAIT,
      metrics: [
        ownMetric(METRIC.OldestWaitSeconds, "Maximum", { table, flow }),
        ...queues.map(({ queue }) => ({
          namespace: "AWS/SQS",
          metricName: "ApproximateAgeOfOldestMessage",
          dimensions: { QueueName: queue.name },
          stat: "Maximum" as const,
        })),
      ],
    },
    options,
  );

/** EventBridge gave up events of a rule. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
export const undeliveredAlarm = (
  prefix: string,
  {
    topic,
    flow,
    bus,
    rules,
  }: FlowAlarmArgs & {
    readonly bus: { readonly name: pulumi.Input<string> };
    readonly rules: readonly aws.cloudwatch.EventRule[];
  },
  options: ChildOptions,
) =>
  mathAlarms(
    `${prefix}-${FLOW_ALARMS.undelivered}`,
    {
      topic,
      alarmDescription: `EventBridge could not deliver events to ${flow}: read the cause in the dead letters of shape "target"`,
      combine: "SUM",
      metrics: rules.flatMap(({ name }) =>
        METRICS_OF_RULE.map((metricName) => ({
          namespace: "AWS/Events",
          metricName,
          dimensions: { EventBusName: bus.name, RuleName: name },
          stat: "Sum" as const,
        })),
      ),
    },
    options,
  );

/** New dead letters. It is over when there were none for 5 minutes, so that the next incident rings again whatever is still open. */
export const deadLettersAlarm = (prefix: string, { topic, table, flow }: FlowAlarmArgs & OfTable, options: ChildOptions) =>
  mathAlarms(
    `${prefix}-${FLOW_ALARMS.recorded}`,
    {
      topic,
      alarmDescription: `${flow} has new dead letters: npm run hub -- dead-letters list --flow ${flow}`,
      combine: "SUM",
      metrics: [ownMetric(METRIC.RecordedDeadLetters, "Sum", { table, flow })],
    },
    options,
  );

/**
 * Messages stay in a dead-letter queue, visible or in flight: the recorder fails or does not run. 12 of 15 minutes, since the newest minute
 * may have no data yet, and a recorder that is busy leaves the queue empty now and then.
 */
export const unrecordedAlarm = (
  prefix: string,
  { topic, flow, queue }: FlowAlarmArgs & { readonly queue: aws.sqs.Queue },
  options: ChildOptions,
) =>
  mathAlarms(
    `${prefix}-${FLOW_ALARMS.unrecorded}`,
    {
      topic,
      alarmDescription: `Dead letters of ${flow} are not recorded: read the recorder's log`,
      combine: "SUM",
      period: 60,
      evaluationPeriods: 15,
      datapointsToAlarm: 12,
      metrics: (["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"] as const).map((metricName) => ({
        namespace: "AWS/SQS",
        metricName,
        dimensions: { QueueName: queue.name },
        stat: "Maximum" as const,
      })),
    },
    options,
  );

/**
 * Too many requests miss the flow's objective: an alarm for a fast burn of the error budget, and one for a slow burn that lasts. The window
 * slides: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
 */
export function burnAlarms(
  prefix: string,
  { topic, table, flow, slo }: FlowAlarmArgs & OfTable & { readonly slo: Slo },
  options: ChildOptions,
): void {
  for (const kind of BURN_WINDOWS) {
    const { rate, over: period } = BURN_RATES[kind];
    const days = Math.round(BUDGET_DAYS / rate);
    expressionAlarm(
      `${prefix}-${FLOW_ALARMS[`${kind}Burn`]}`,
      {
        topic,
        alarmDescription:
          `Too many requests of ${flow} did not complete within ${slo.completedWithin}: ` +
          `going on like the last ${period / 3_600} h uses the error budget of ${BUDGET_DAYS} days up in ${days}`,
        // Percent of the requests that were late.
        expression: `IF(FILL(late, 0) >= ${LEAST_LATE}, 100 * FILL(late, 0) / (FILL(late, 0) + FILL(intime, 0)), 0)`,
        threshold: mostLate(kind, slo),
        queries: [
          { id: "late", metric: { ...ownMetric(METRIC.RequestsLate, "Sum", { table, flow }), period } },
          { id: "intime", metric: { ...ownMetric(METRIC.RequestsInTime, "Sum", { table, flow }), period } },
        ],
      },
      options,
    );
  }
}
