import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DEFAULTS } from "./defaults.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { publishOutcomes, queryIndex, tableAccess } from "./statements.ts";

/** Whose messages lie in a dead-letter queue, and where each step's messages go when they are sent back. */
export interface DeadLetterSource {
  readonly flow: string;
  readonly graph: string;
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly deadLetters: aws.sqs.Queue;
}

interface RecorderArgs extends HubFunctionArgs {
  readonly queues: readonly { readonly name: string; readonly queue: aws.sqs.Queue }[];
}

/** Moves each message of the flows' dead-letter queues into the table. */
export function createRecorder(name: string, { hub, code, queues }: RecorderArgs) {
  const made = lambdaFunction(
    name,
    {
      description: "Dead-letter recorder",
      code,
      handler: "index.recorder",
      timeout: DEFAULTS.timeout,
      logRetentionDays: hub.config.logRetentionDays,
      environment: { HUB_TABLE: hub.table.name, HUB_BUS: hub.bus.name, HUB_LOG_LEVEL: hub.config.logLevel },
      statements: [
        tableAccess("Letters", hub.table.arn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ["dead-letter#*"]),
        tableAccess("Targets", hub.table.arn, ["dynamodb:Query"], ["targets"]),
        tableAccess("Requests", hub.table.arn, ["dynamodb:GetItem"], ["request#*"]),
        publishOutcomes(hub.bus.arn),
        {
          sid: "Consume",
          actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
          resources: queues.map(({ queue }) => queue.arn),
        },
      ],
    },
    { parent: hub },
  );
  for (const { name: of, queue } of queues) {
    new aws.lambda.EventSourceMapping(
      `${name}-${of}-source`,
      {
        eventSourceArn: queue.arn,
        functionName: made.function.arn,
        batchSize: DEFAULTS.batchSize,
        functionResponseTypes: ["ReportBatchItemFailures"],
      },
      { parent: hub, dependsOn: [made.policy] },
    );
  }
}

/** What deciding about dead letters takes; who may send to the steps' queues, their policies say. */
export const decideStatements = (bus: pulumi.Input<string>, table: pulumi.Output<string>) => [
  tableAccess(
    "Letters",
    table,
    ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
    ["dead-letter#*"],
  ),
  queryIndex("FindLetters", table, "deadLetters"),
  tableAccess("Targets", table, ["dynamodb:Query"], ["targets"]),
  tableAccess("Requests", table, ["dynamodb:GetItem"], ["request#*"]),
  publishOutcomes(bus),
];
