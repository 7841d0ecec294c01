import * as aws from "@pulumi/aws";
import { HUB_ITSELF } from "../../protocol/dead-letter.ts";
import { DIMENSION, METRIC, NAMESPACE, SLOW_ANSWER_MS } from "../../protocol/metrics.ts";
import { INDEXES } from "../../protocol/table.ts";
import { type AlarmMetric, type AlarmTopic, expressionAlarm, mathAlarms, notifying } from "../parts/alarms.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { errorsAlarm, ownMetric } from "../parts/flow-alarms.ts";

interface HubAlarmsArgs {
  readonly topic: AlarmTopic;
  readonly table: Pick<aws.dynamodb.Table, "name">;
  readonly api: aws.apigateway.RestApi;
  /** The hub's own functions. */
  readonly functions: readonly aws.lambda.Function[];
}

/** Percent of the requests of 5 minutes that may be answered 5XX. With few requests, a single one rings. */
const MOST_SERVER_ERRORS = 1;
/** Percent of the answers of 5 minutes that may be slow. */
const MOST_SLOW = 1;
/** Minutes. */
const SWEEPER_SILENT = 10;
const SWEEPER_WARM_UP = 30;

/** Alarms on what all flows share. docs/monitoring.md says of each what it costs and what to do. */
export function hubAlarms(name: string, args: HubAlarmsArgs, options: ChildOptions): void {
  const { topic, functions } = args;
  errorsAlarm(name, { topic, flow: HUB_ITSELF, functions }, options);
  gatewayAlarms(name, args, options);
  tableAlarm(name, args, options);
  sweeperAlarm(name, args, options);
  reminder(name, args, options);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
function gatewayAlarms(name: string, { topic, api, table }: HubAlarmsArgs, options: ChildOptions): void {
  const metric = (metricName: string, stat: AlarmMetric["stat"]) => ({
    namespace: "AWS/ApiGateway",
    metricName,
    dimensions: { ApiName: api.name },
    stat,
  });
  const period = 300;
  expressionAlarm(
    `${name}-gateway-errors`,
    {
      topic,
      alarmDescription: `More than ${MOST_SERVER_ERRORS} % of the API's answers are 5XX: read the access log`,
      expression: "IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / requests, 0)",
      threshold: MOST_SERVER_ERRORS,
      queries: [
        { id: "errors", metric: { ...metric("5XXError", "Sum"), period } },
        { id: "requests", metric: { ...metric("Count", "Sum"), period } },
      ],
    },
    options,
  );
  // A percentile could not leave out the answers that callers preferred to wait for.
  expressionAlarm(
    `${name}-gateway-latency`,
    {
      topic,
      alarmDescription: `More than ${MOST_SLOW} % of the API's answers take longer than ${SLOW_ANSWER_MS / 1_000} s: read integrationLatency in the access log`,
      expression: "IF(FILL(requests, 0) > 0, 100 * (FILL(slow, 0) - FILL(heldBack, 0)) / requests, 0)",
      threshold: MOST_SLOW,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      queries: [
        { id: "slow", metric: { ...metric("Latency", `TC(${SLOW_ANSWER_MS}:)`), period } },
        { id: "heldBack", metric: { ...ownMetric(METRIC.AnswersHeldBack, "Sum", { table }), period } },
        { id: "requests", metric: { ...metric("Count", "Sum"), period } },
      ],
    },
    options,
  );
}

/** A short peak beyond twice the former one is throttled until the table has grown, so only throttling that lasts rings. */
const tableAlarm = (name: string, { topic, table }: HubAlarmsArgs, options: ChildOptions) =>
  mathAlarms(
    `${name}-table-throttled`,
    {
      topic,
      alarmDescription: "DynamoDB throttles the state table: raise hub:warmThroughput, or find the hot key",
      combine: "SUM",
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
      metrics: [undefined, ...Object.values(INDEXES).map(({ name }) => name)].flatMap((index) =>
        (["ReadThrottleEvents", "WriteThrottleEvents"] as const).map((metricName) => ({
          namespace: "AWS/DynamoDB",
          metricName,
          dimensions: { TableName: table.name, ...(index !== undefined && { GlobalSecondaryIndexName: index }) },
          stat: "Sum" as const,
        })),
      ),
    },
    options,
  );

/**
 * The sweeper counts the open dead letters each minute. Without it nothing is redriven and no dead letter is given up. A warm-up keeps the
 * alarm from ringing before the first count. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
 */
const sweeperAlarm = (name: string, { topic, table }: HubAlarmsArgs, options: ChildOptions) =>
  new aws.cloudwatch.MetricAlarm(
    `${name}-sweeper-silent`,
    {
      alarmDescription: `The sweeper has not reported for ${SWEEPER_SILENT} minutes: look at its schedule and its log`,
      namespace: NAMESPACE,
      metricName: METRIC.UnresolvedDeadLetters,
      dimensions: { [DIMENSION]: table.name },
      statistic: "SampleCount",
      period: 60,
      evaluationPeriods: SWEEPER_SILENT,
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: SWEEPER_WARM_UP },
      ...notifying(topic),
    },
    options,
  );

/** Rings once a day, for an hour, while a dead letter is older than a day. */
const reminder = (name: string, { topic, table }: HubAlarmsArgs, options: ChildOptions) =>
  mathAlarms(
    `${name}-dead-letters-left`,
    {
      topic,
      alarmDescription: "Dead letters are open for more than a day: npm run hub -- dead-letters list",
      combine: "MAX",
      metrics: [ownMetric(METRIC.LeftDeadLetters, "Maximum", { table })],
    },
    options,
  );

interface ThirdPartyAlarmsArgs extends Pick<HubAlarmsArgs, "topic" | "table"> {
  /** The adapter's name. */
  readonly thirdParty: string;
}

/** A third party is down, or answers other data than its adapter declares. */
export function thirdPartyAlarms(name: string, { topic, ...about }: ThirdPartyAlarmsArgs, options: ChildOptions): void {
  mathAlarms(
    `${name}-breaker-open`,
    {
      topic,
      alarmDescription: `${about.thirdParty} keeps failing and is called for probes only; messages wait`,
      combine: "SUM",
      // The longest pause between two probes is 5 minutes, and waiting messages come back up to a fifth later.
      period: 600,
      metrics: [ownMetric(METRIC.BreakerOpen, "Sum", about)],
    },
    options,
  );
  mathAlarms(
    `${name}-contract-drift`,
    {
      topic,
      alarmDescription: `Answers of ${about.thirdParty} can't be read: compare them with the adapter's schemas`,
      combine: "SUM",
      metrics: [ownMetric(METRIC.ContractDrift, "Sum", about)],
    },
    options,
  );
}
