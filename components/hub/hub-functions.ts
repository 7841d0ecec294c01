import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { SOURCE_PREFIX } from "../../model/index.ts";
import { queueAgeAlarm } from "../parts/alarms.ts";
import { deadLetterQueue } from "../parts/dead-letter-queue.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { queueConsumer } from "../parts/queue-consumer.ts";
import { fromRules, onlyTls, publishForFlows, queryIndex, tableAccess } from "../parts/statements.ts";
import type { IntegrationHub } from "./integration-hub.ts";

export interface HubFunctionArgs {
  readonly hub: IntegrationHub;
  readonly code: pulumi.Input<pulumi.asset.Archive>;
}

/**
 * The flow ledger: it follows every event of every flow, and folds them into the state of requests. Of one that failed it has what was
 * done undone.
 */
export function createLedger(name: string, { hub, code }: HubFunctionArgs) {
  const deadLetters = deadLetterQueue(`${name}-dead-letters`, { parent: hub, retainOnDelete: hub.config.protect });
  const {
    rule,
    queue,
    function: fn,
  } = queueConsumer(
    name,
    {
      description: "Flow ledger",
      bus: hub.bus,
      pattern: { source: [{ prefix: SOURCE_PREFIX }] },
      deadLetters,
      redrivers: hub.redrivers,
      code,
      handler: "index.ledger",
      timeout: DEFAULTS.timeout,
      batchSize: DEFAULTS.batchSize,
      keepQueue: hub.config.protect,
      logRetentionDays: hub.config.logRetentionDays,
      environment: { HUB_BUS: hub.bus.name, HUB_TABLE: hub.table.name, HUB_LOG_LEVEL: hub.config.logLevel },
      statements: [
        publishForFlows(hub.bus.arn, ["CompensateStep"]),
        tableAccess("Requests", hub.table.arn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["request#*"]),
        tableAccess("Graphs", hub.table.arn, ["dynamodb:GetItem"], ["graph#*"]),
      ],
    },
    { parent: hub },
  );
  new aws.sqs.QueuePolicy(
    `${name}-dead-letters-policy`,
    {
      queueUrl: deadLetters.url,
      policy: policyDocument([fromRules(deadLetters.arn, [rule.arn]), onlyTls("sqs:*", deadLetters.arn)]),
    },
    { parent: hub },
  );
  const steps = { ledger: { queueUrl: queue.url, queueArn: queue.arn, ruleArn: rule.arn, functionArn: fn.arn } };
  hub.addDeadLetters(name, { flow: "hub", graph: "", steps, deadLetters }, { parent: hub });
  queueAgeAlarm(`${name}-age`, { topic: hub.alarmTopic, queue, what: "flow ledger" }, { parent: hub });
}

/** Answers what became of a request; it can read and nothing else. */
export function createStatus(name: string, { hub, code }: HubFunctionArgs): aws.lambda.Function {
  const made = lambdaFunction(
    name,
    {
      description: "Request status",
      code,
      handler: "index.status",
      timeout: DEFAULTS.gatewayTimeout,
      logRetentionDays: hub.config.logRetentionDays,
      environment: { HUB_TABLE: hub.table.name, HUB_LOG_LEVEL: hub.config.logLevel },
      statements: [
        tableAccess("Requests", hub.table.arn, ["dynamodb:GetItem", "dynamodb:Query"], ["request#*"]),
        queryIndex("ByTenant", hub.table.arn, "byTenant"),
        queryIndex("ByCorrelation", hub.table.arn, "byCorrelation"),
      ],
    },
    { parent: hub },
  );
  return made.function;
}
