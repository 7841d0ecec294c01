import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { CONTRACT_DRIFT, DIMENSION, NAMESPACE, PARTY_DIMENSION, UNRESOLVED } from "../../protocol/metrics.ts";
import type { ChildOptions } from "./customise.ts";

/** Where alarms go. */
export interface AlarmTopic {
  /** Subscribe to it. */
  readonly arn: pulumi.Output<string>;
  /** ARNs of the topics that each alarm notifies: this one, and the further topics that the stack names. */
  readonly actions: readonly pulumi.Input<string>[];
}

interface QueueAlarmArgs {
  readonly topic: AlarmTopic;
  readonly queue: aws.sqs.Queue;
  /** Owner of the queue, for the alarm's description. */
  readonly what: string;
}

interface QueueAgeAlarmArgs extends QueueAlarmArgs {
  /** Seconds that a message may wait by design, such as a join's first part until the deadline. @default 0 */
  readonly meantToWait?: number;
}

/** Seconds. A step that keeps up takes its messages within milliseconds; one that backs off ends in dead letters, which have an alarm of their own. */
const OLDEST_MESSAGE = 3_600;

/**
 * Messages wait longer than an hour: the step does not keep up, its third party is unavailable, or its function can't run.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const queueAgeAlarm = (name: string, args: QueueAgeAlarmArgs, options: ChildOptions) => {
  const threshold = OLDEST_MESSAGE + Math.ceil(args.meantToWait ?? 0);
  return queueAlarm(name, args, options, {
    alarmDescription: `Messages of ${args.what} wait for more than ${Math.round(threshold / 60)} minutes`,
    metricName: "ApproximateAgeOfOldestMessage",
    threshold,
    evaluationPeriods: 1,
  });
};

/** Messages stay in a dead-letter queue for minutes: the recorder does not move them into the table. */
export const depthAlarm = (name: string, args: QueueAlarmArgs, options: ChildOptions) =>
  queueAlarm(name, args, options, {
    alarmDescription: `Dead letters of ${args.what} are not recorded`,
    metricName: "ApproximateNumberOfMessagesVisible",
    threshold: 0,
    evaluationPeriods: 3,
  });

const queueAlarm = (
  name: string,
  { topic, queue }: Pick<QueueAlarmArgs, "topic" | "queue">,
  options: ChildOptions,
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
      // An unused queue has no metrics.
      treatMissingData: "notBreaching",
      alarmActions: [...topic.actions],
      okActions: [...topic.actions],
    },
    options,
  );

/** Dead letters wait for an operator's decision. The sweeper measures them each minute, so missing data is an alarm as well. */
export const unresolvedAlarm = (
  name: string,
  { topic, table }: { readonly topic: AlarmTopic; readonly table: Pick<aws.dynamodb.Table, "name"> },
  options: ChildOptions,
) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: "Dead letters are unresolved, or the sweeper does not run: npm run hub -- dead-letters list",
      namespace: NAMESPACE,
      metricName: UNRESOLVED,
      dimensions: { [DIMENSION]: table.name },
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

/** A third party answers other data than its adapter declares: the operation's schema, or the third party, has changed. */
export const contractDriftAlarm = (
  name: string,
  args: { readonly topic: AlarmTopic; readonly table: Pick<aws.dynamodb.Table, "name">; readonly thirdParty: string },
  options: ChildOptions,
) =>
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: `Answers of ${args.thirdParty} can't be read: compare them with the adapter's schemas`,
      namespace: NAMESPACE,
      metricName: CONTRACT_DRIFT,
      dimensions: { [DIMENSION]: args.table.name, [PARTY_DIMENSION]: args.thirdParty },
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 1,
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      // Written only when it happens.
      treatMissingData: "notBreaching",
      alarmActions: [...args.topic.actions],
      okActions: [...args.topic.actions],
    },
    options,
  );
