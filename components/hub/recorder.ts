import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { depthAlarm } from "../parts/alarms.ts";
import type { ChildOptions } from "../parts/customise.ts";
import type { DeadLetterSource } from "../parts/dead-letter-queue.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { consume, publishForFlows, queryIndex, tableAccess } from "../parts/statements.ts";
import type { Foundation, HubCore } from "./hub-core.ts";

/** Moves messages of dead-letter queues into the table; `recordDeadLetters` connects it to each queue. */
export const createRecorder = (name: string, { config, bus, table, code }: Foundation, options: ChildOptions): LambdaFunction =>
  lambdaFunction(
    name,
    {
      description: "Dead-letter recorder",
      code,
      handler: "index.recorder",
      timeout: DEFAULTS.timeout,
      logRetentionDays: config.logRetentionDays,
      environment: { HUB_TABLE: table.name, HUB_BUS: bus.name, HUB_LOG_LEVEL: config.logLevel },
      statements: [
        tableAccess("Letters", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], ["dead-letter#*"]),
        tableAccess("Targets", table.arn, ["dynamodb:Query"], ["targets"]),
        tableAccess("Requests", table.arn, ["dynamodb:GetItem"], ["request#*"]),
        publishForFlows(bus.arn, ["StepFailed"]),
      ],
    },
    options,
  );

/** Connects the recorder to a dead-letter queue, and stores the targets of its messages. All of it belongs to the flow: a new flow changes no resource. */
export function recordDeadLetters(
  name: string,
  { recorder, table, topic }: HubCore,
  { deadLetters, ...source }: DeadLetterSource,
  options: ChildOptions,
): void {
  const policy = new aws.iam.RolePolicy(
    `${name}-recorder-policy`,
    { role: recorder.role.name, policy: policyDocument([consume(deadLetters.arn)]) },
    options,
  );
  new aws.lambda.EventSourceMapping(
    `${name}-recorder-source`,
    {
      eventSourceArn: deadLetters.arn,
      functionName: recorder.function.arn,
      batchSize: DEFAULTS.batchSize,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    { ...options, dependsOn: [policy] },
  );
  const targets = pulumi.jsonStringify({ ...source, deadLetterArn: deadLetters.arn });
  const item = { pk: { S: "targets" }, sk: { S: source.flow }, targets: { S: targets } };
  new aws.dynamodb.TableItem(
    `${name}-targets`,
    { tableName: table.name, hashKey: "pk", rangeKey: "sk", item: pulumi.jsonStringify(item) },
    options,
  );
  depthAlarm(`${name}-dead-letters-depth`, { topic, queue: deadLetters, what: source.flow }, options);
}

/** Rights to redrive and discard dead letters. Sending to the steps' queues is granted by the queues' own policies. */
export const decideStatements = (bus: pulumi.Input<string>, table: pulumi.Output<string>, outcomes: readonly string[]) => [
  tableAccess("Letters", table, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], ["dead-letter#*"]),
  queryIndex("FindLetters", table, "deadLetters"),
  tableAccess("Targets", table, ["dynamodb:Query"], ["targets"]),
  tableAccess("Requests", table, ["dynamodb:GetItem"], ["request#*"]),
  publishForFlows(bus, outcomes),
];
