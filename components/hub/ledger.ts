import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SOURCE_PREFIX } from "../../model/index.ts";
import { HUB_ITSELF } from "../../protocol/dead-letter.ts";
import { hubHandler } from "../../protocol/handlers.ts";
import { HUB_EVENT, ledgerPattern } from "../../protocol/reports.ts";
import { cancelledKey, graphKey, inputKey, summaryKey } from "../../protocol/table.ts";
import { type HubCore, hubWriter } from "../core/hub-core.ts";
import { recordDeadLetters } from "../core/recorder.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { deadLetterQueue } from "../parts/dead-letter-queue.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { undeliveredAlarm, waitingAlarm } from "../parts/flow-alarms.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { queueConsumer } from "../parts/queue-consumer.ts";
import { publishForFlows, tableAccess } from "../parts/statements.ts";

/**
 * The flow ledger: it follows the requests of all flows and folds what their steps report into a state each. When a request fails, it triggers
 * compensation of the completed steps.
 * @returns its function
 */
export function createLedger(name: string, core: HubCore, options: ChildOptions): aws.lambda.Function {
  const { config, bus, table, redrivers, topic, code } = core;
  const reserved = config.concurrency?.ledger;
  const deadLetters = deadLetterQueue(`${name}-dead-letters`, { ...options, retainOnDelete: config.protect });
  const made = queueConsumer(
    name,
    {
      description: "Flow ledger",
      bus,
      pattern: ledgerPattern(SOURCE_PREFIX),
      deadLetters,
      redrivers: Object.values(redrivers).map(({ role }) => role.arn),
      observers: [redrivers.ops.role.arn],
      code,
      handler: hubHandler("ledger"),
      timeout: DEFAULTS.timeout,
      batchSize: DEFAULTS.batchSize,
      reserved,
      // More batches than the function may run at once would only be throttled.
      ...(reserved !== undefined && { concurrency: Math.min(reserved, 1_000) }),
      keepQueue: config.protect,
      logRetentionDays: config.logRetentionDays,
      environment: () => functionEnvironment("hubWriter", hubWriter(core)),
      statements: [
        publishForFlows(bus.arn, [HUB_EVENT.CompensateStep]),
        tableAccess(
          "Requests",
          table.arn,
          ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"],
          [summaryKey.pattern()],
        ),
        tableAccess("Inputs", table.arn, ["dynamodb:PutItem"], [inputKey.pattern()]),
        // One call writes what leads to a request together with its input, and one statement has to allow all keys of a call.
        tableAccess("Found", table.arn, ["dynamodb:BatchWriteItem"], [summaryKey.pattern(), inputKey.pattern()]),
        tableAccess("Graphs", table.arn, ["dynamodb:GetItem"], [graphKey.pattern()]),
        tableAccess("Cancelled", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [cancelledKey.pattern()]),
      ],
    },
    options,
  );
  const { rule, queue, function: fn } = made;
  const steps = { ledger: { queueUrl: queue.url, queueArn: queue.arn, ruleArn: rule.arn, functionArn: fn.arn } };
  recordDeadLetters(name, core, { flow: HUB_ITSELF, graph: pulumi.output(""), steps, deadLetters }, options);
  waitingAlarm(name, { topic, table, flow: HUB_ITSELF, queues: [{ queue }] }, options);
  undeliveredAlarm(name, { topic, flow: HUB_ITSELF, bus, rules: [rule] }, options);
  return fn;
}
