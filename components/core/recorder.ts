import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FlowTargets } from "../../protocol/dead-letter.ts";
import { hubHandler } from "../../protocol/handlers.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import { DOCUMENTS, deadLetterKey, INDEXES, summaryKey, TARGETS, targetsKey } from "../../protocol/table.ts";
import type { ChildOptions } from "../parts/customise.ts";
import type { DeadLetterSource } from "../parts/dead-letter-queue.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { deadLettersAlarm, unrecordedAlarm } from "../parts/flow-alarms.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { stateItem } from "../parts/state-item.ts";
import { publishForFlows, publishInNameOfFlows, queryIndex, tableAccess } from "../parts/statements.ts";
import { deadLetterStatements, type Foundation, type HubCore, hubWriter } from "./hub-core.ts";

/** Moves messages of dead-letter queues into the table; `recordDeadLetters` connects it to each queue. */
export function createRecorder(name: string, foundation: Foundation, options: ChildOptions): LambdaFunction {
  const { config, bus, table, code } = foundation;
  return lambdaFunction(
    name,
    {
      description: "Dead-letter recorder",
      code,
      handler: hubHandler("recorder"),
      timeout: DEFAULTS.timeout,
      logRetentionDays: config.logRetentionDays,
      environment: functionEnvironment("hubWriter", hubWriter(foundation)),
      statements: [
        tableAccess("Letters", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [deadLetterKey.pattern()]),
        tableAccess("Targets", table.arn, ["dynamodb:Query"], [TARGETS]),
        tableAccess("Requests", table.arn, ["dynamodb:GetItem"], [summaryKey.pattern()]),
        publishForFlows(bus.arn, [HUB_EVENT.StepFailed]),
      ],
    },
    options,
  );
}

/**
 * Lets the rules of a dead-letter queue's steps send to it, connects the recorder to it, and stores the targets of its messages. All of it belongs
 * to the flow: a new flow changes no resource. The recorder may consume the queue by the queue's own policy: a role holds 10,240 characters of
 * inline policies, which is no more than 36 flows. docs/decisions/040-growth.md
 */
export function recordDeadLetters(
  name: string,
  core: HubCore,
  { deadLetters, ...source }: DeadLetterSource,
  options: ChildOptions,
): void {
  const { recorder, table, topic } = core;
  const rules = Object.values(source.steps).map(({ ruleArn }) => ruleArn);
  const policy = new aws.sqs.QueuePolicy(
    `${name}-dead-letters-policy`,
    { queueUrl: deadLetters.url, policy: policyDocument(deadLetterStatements(core, deadLetters.arn, rules)) },
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
  const targets: FlowTargets<pulumi.Output<string>> = {
    ...source,
    deadLetterArn: deadLetters.arn,
    deadLetterUrl: deadLetters.url,
  };
  const [key, text] = [targetsKey(source.flow), pulumi.jsonStringify(targets)];
  stateItem(`${name}-targets`, { table, key, document: DOCUMENTS.targets, text }, options);
  deadLettersAlarm(name, { topic, table, flow: source.flow }, options);
  unrecordedAlarm(name, { topic, flow: source.flow, queue: deadLetters }, options);
}

/**
 * Rights to redrive and discard dead letters. Sending to the steps' queues is granted by the queues' own policies. A redriven first event of a
 * schedule goes to the bus, and a statement for each such flow would fill the role: what may send any message to each step may publish any event.
 */
export const decideStatements = (bus: pulumi.Input<string>, table: pulumi.Output<string>) => [
  tableAccess("Letters", table, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], [deadLetterKey.pattern()]),
  queryIndex("FindLetters", table, INDEXES.deadLetters.name),
  tableAccess("Targets", table, ["dynamodb:Query"], [TARGETS]),
  tableAccess("Requests", table, ["dynamodb:GetItem"], [summaryKey.pattern()]),
  publishInNameOfFlows(bus),
];
