import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { MAX_RECEIVES, QUEUE_RETENTION_SECONDS } from "../../protocol/limits.ts";
import type { ChildOptions } from "./customise.ts";
import { DEFAULTS } from "./defaults.ts";
import { type LambdaFunction, type LambdaFunctionArgs, lambdaFunction } from "./lambda-function.ts";
import { policyDocument } from "./policy-document.ts";
import { backOff, consume, countedBy, fromRoles, fromRules, onlyTls } from "./statements.ts";

export interface QueueConsumerArgs extends Omit<LambdaFunctionArgs, "timeout" | "environment"> {
  readonly environment: (queue: aws.sqs.Queue) => LambdaFunctionArgs["environment"];
  readonly bus: Pick<aws.cloudwatch.EventBus, "name">;
  /** EventBridge pattern of the events to process. */
  readonly pattern: object;
  readonly deadLetters: aws.sqs.Queue;
  /** Seconds, 1 to 900. */
  readonly timeout: number;
  /** 1 to 10. */
  readonly batchSize: number;
  /** Leaves the queue and its messages in place when the program no longer has it. */
  readonly keepQueue: boolean;
  /** ARNs of the roles that may send messages back to the queue. */
  readonly redrivers: readonly pulumi.Input<string>[];
  /** ARNs of the roles that may read how many messages the queue holds. */
  readonly observers: readonly pulumi.Input<string>[];
  /** 2 to 1000. @default no limit */
  readonly concurrency?: number;
  /** Whether the function sets when a failed message comes back. @default false: after the visibility timeout */
  readonly backsOff?: boolean;
}
export interface QueueConsumer extends LambdaFunction {
  readonly rule: aws.cloudwatch.EventRule;
  readonly queue: aws.sqs.Queue;
}

/** A queue for a function. @param timeout the function's, in seconds */
export const workQueue = (name: string, deadLetters: aws.sqs.Queue, timeout: number, options: ChildOptions) =>
  new aws.sqs.Queue(
    name,
    {
      visibilityTimeoutSeconds: DEFAULTS.visibilityFactor * timeout,
      messageRetentionSeconds: QUEUE_RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
      redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: MAX_RECEIVES }),
    },
    options,
  );

/**
 * rule -> queue -> function: one dead-letter shape, a buffer, batches and a concurrency limit for each consumer of the bus.
 * Events that the rule can't deliver go to `deadLetters`, whose policy has to allow the rule.
 */
export function queueConsumer(name: string, args: QueueConsumerArgs, options: ChildOptions): QueueConsumer {
  const {
    bus,
    pattern,
    deadLetters,
    redrivers,
    observers,
    timeout,
    batchSize,
    keepQueue,
    concurrency,
    backsOff,
    environment,
    statements,
    ...rest
  } = args;
  const queue = workQueue(`${name}-queue`, deadLetters, timeout, { ...options, retainOnDelete: keepQueue });
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    { eventBusName: bus.name, description: args.description, eventPattern: JSON.stringify(pattern) },
    options,
  );
  const queuePolicy = new aws.sqs.QueuePolicy(
    `${name}-queue-policy`,
    {
      queueUrl: queue.url,
      policy: policyDocument([
        fromRules(queue.arn, [rule.arn]),
        fromRoles(queue.arn, redrivers),
        countedBy(queue.arn, observers),
        onlyTls("sqs:*", queue.arn),
      ]),
    },
    options,
  );
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    {
      eventBusName: bus.name,
      rule: rule.name,
      arn: queue.arn,
      retryPolicy: DEFAULTS.target,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { ...options, dependsOn: [queuePolicy] },
  );
  const made = lambdaFunction(
    name,
    {
      ...rest,
      timeout,
      environment: environment(queue),
      statements: [...statements, consume(queue.arn), ...(backsOff ? [backOff(queue.arn)] : [])],
    },
    options,
  );
  new aws.lambda.EventSourceMapping(
    `${name}-source`,
    {
      eventSourceArn: queue.arn,
      functionName: made.function.arn,
      batchSize,
      functionResponseTypes: ["ReportBatchItemFailures"],
      ...(concurrency !== undefined && { scalingConfig: { maximumConcurrency: concurrency } }),
    },
    { ...options, dependsOn: [made.policy] },
  );
  return { ...made, rule, queue };
}
