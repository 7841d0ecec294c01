import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../hub/alarm-topic.ts";

interface QueueAlarmArgs {
  readonly topic: AlarmTopic;
  readonly queue: aws.sqs.Queue;
  /** Whose queue it is, for whoever is woken by it. */
  readonly what: string;
}

interface QueueAgeAlarmArgs extends QueueAlarmArgs {
  /** Seconds that a message may lie there by design, as a join's first part does until the deadline. @default 0 */
  readonly meantToWait?: number;
}

/** Seconds; a step that keeps up takes its messages within milliseconds, and one that backs off is told by its dead letters. */
const OLDEST_MESSAGE = 3_600;
/** Of the sweeper's metrics; runtime/logging/metric.ts names the same. */
export const NAMESPACE = "IntegrationHub";

/**
 * Messages wait longer than an hour: the step does not keep up, its third party is away for long, or its function can't run.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const queueAgeAlarm = (name: string, args: QueueAgeAlarmArgs, options: pulumi.CustomResourceOptions) => {
  const threshold = OLDEST_MESSAGE + Math.ceil(args.meantToWait ?? 0);
  return queueAlarm(name, args, options, {
    alarmDescription: `Messages of ${args.what} wait for more than ${Math.round(threshold / 60)} minutes`,
    metricName: "ApproximateAgeOfOldestMessage",
    threshold,
    evaluationPeriods: 1,
  });
};

/** Messages lie in a dead-letter queue for minutes: the recorder does not move them into the table. */
export const depthAlarm = (name: string, args: QueueAlarmArgs, options: pulumi.CustomResourceOptions) =>
  queueAlarm(name, args, options, {
    alarmDescription: `Dead letters of ${args.what} are not recorded`,
    metricName: "ApproximateNumberOfMessagesVisible",
    threshold: 0,
    evaluationPeriods: 3,
  });

const queueAlarm = (
  name: string,
  { topic, queue }: Pick<QueueAlarmArgs, "topic" | "queue">,
  options: pulumi.CustomResourceOptions,
  own: { alarmDescription: string; metricName: string; threshold: number; evaluationPeriods: number },
) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      ...own,
      namespace: "AWS/SQS",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: 300,
      comparisonOperator: "GreaterThanThreshold",
      // A queue that nobody uses has no metrics.
      treatMissingData: "notBreaching",
      alarmActions: [...topic.actions],
      okActions: [...topic.actions],
    },
    options,
  );

/** Dead letters wait for somebody to decide. The sweeper measures them each minute, so silence is an alarm as well. */
export const unresolvedAlarm = (
  name: string,
  { topic, table }: { readonly topic: AlarmTopic; readonly table: aws.dynamodb.Table },
  options: pulumi.CustomResourceOptions,
) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: "Dead letters are unresolved, or the sweeper does not run: npm run hub -- dead-letters list",
      namespace: NAMESPACE,
      metricName: "UnresolvedDeadLetters",
      dimensions: { Hub: table.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "breaching",
      alarmActions: [...topic.actions],
      okActions: [...topic.actions],
    },
    options,
  );
