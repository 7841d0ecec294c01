import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ScheduleTarget } from "../flow/schedules.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { consume, publishForFlows, queryIndex, tableAccess } from "../parts/statements.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";

/** Whose messages lie in a dead-letter queue, and where each step's messages go when they are sent back. */
export interface DeadLetterSource {
  readonly flow: string;
  readonly graph: string;
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Triggers that publish by time. */
  readonly schedules?: Readonly<Record<string, ScheduleTarget>>;
  readonly deadLetters: aws.sqs.Queue;
}

/** Moves messages of dead-letter queues into the table; which ones it reads, each flow says. */
export function createRecorder(name: string, { hub, code }: HubFunctionArgs): LambdaFunction {
  return lambdaFunction(
    name,
    {
      description: "Dead-letter recorder",
      code,
      handler: "index.recorder",
      timeout: DEFAULTS.timeout,
      logRetentionDays: hub.config.logRetentionDays,
      environment: { HUB_TABLE: hub.table.name, HUB_BUS: hub.bus.name, HUB_LOG_LEVEL: hub.config.logLevel },
      statements: [
        tableAccess("Letters", hub.table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], ["dead-letter#*"]),
        tableAccess("Targets", hub.table.arn, ["dynamodb:Query"], ["targets"]),
        tableAccess("Requests", hub.table.arn, ["dynamodb:GetItem"], ["request#*"]),
        publishForFlows(hub.bus.arn, ["StepFailed"]),
      ],
    },
    { parent: hub },
  );
}

interface ReadDeadLettersArgs {
  readonly recorder: LambdaFunction;
  readonly queue: aws.sqs.Queue;
}

/** Has the recorder read one dead-letter queue: by a policy and a mapping of the flow's own, so that a new flow changes no resource. */
export function readDeadLetters(name: string, { recorder, queue }: ReadDeadLettersArgs, options: pulumi.CustomResourceOptions) {
  const policy = new aws.iam.RolePolicy(
    `${name}-recorder-policy`,
    { role: recorder.role.name, policy: policyDocument([consume(queue.arn)]) },
    options,
  );
  new aws.lambda.EventSourceMapping(
    `${name}-recorder-source`,
    {
      eventSourceArn: queue.arn,
      functionName: recorder.function.arn,
      batchSize: DEFAULTS.batchSize,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    { ...options, dependsOn: [policy] },
  );
}

/** What deciding about dead letters that were found takes; who may send to the steps' queues, their policies say. */
export const decideStatements = (bus: pulumi.Input<string>, table: pulumi.Output<string>, outcomes: readonly string[]) => [
  tableAccess("Letters", table, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], ["dead-letter#*"]),
  queryIndex("FindLetters", table, "deadLetters"),
  tableAccess("Targets", table, ["dynamodb:Query"], ["targets"]),
  tableAccess("Requests", table, ["dynamodb:GetItem"], ["request#*"]),
  publishForFlows(bus, outcomes),
];
