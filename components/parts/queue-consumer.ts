import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS } from "./defaults.ts";
import { type LambdaFunction, type LambdaFunctionArgs, lambdaFunction } from "./lambda-function.ts";
import { policyDocument } from "./policy-document.ts";
import { backOff, consume, fromRoles, fromRules, onlyTls } from "./statements.ts";

export interface QueueConsumerArgs extends Omit<LambdaFunctionArgs, "timeout"> {
  readonly bus: aws.cloudwatch.EventBus;
  /** EventBridge's pattern, of the events to work on. */
  readonly pattern: object;
  readonly deadLetters: aws.sqs.Queue;
  /** Seconds, 1 to 900. */
  readonly timeout: number;
  /** 1 to 10. */
  readonly batchSize: number;
  /** Leaves the queue in place, with what it holds, when the program no longer has it. */
  readonly keepQueue: boolean;
  /** Roles that may send messages back to the queue. */
  readonly redrivers: readonly pulumi.Input<string>[];
  /** 2 to 1000. @default no limit */
  readonly concurrency?: number;
  /** Whether the function itself says when a message that failed comes back. @default false: after the visibility timeout */
  readonly backsOff?: boolean;
}
export interface QueueConsumer extends LambdaFunction {
  readonly rule: aws.cloudwatch.EventRule;
  readonly queue: aws.sqs.Queue;
}

/** A queue whose messages are worked on by a function of this timeout, in seconds. */
export const workQueue = (name: string, deadLetters: aws.sqs.Queue, timeout: number, options: pulumi.CustomResourceOptions) =>
  new aws.sqs.Queue(
    name,
    {
      visibilityTimeoutSeconds: DEFAULTS.visibilityFactor * timeout,
      messageRetentionSeconds: DEFAULTS.queueRetention,
      sqsManagedSseEnabled: true,
      redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: DEFAULTS.maxReceiveCount }),
    },
    options,
  );

/**
 * rule -> queue -> function: one dead-letter shape, a buffer, batches and a limit of concurrency for whatever listens to the bus.
 * The rule's own failures go to `deadLetters`, whose policy has to let the rule in.
 */
export function queueConsumer(name: string, args: QueueConsumerArgs, options: pulumi.CustomResourceOptions): QueueConsumer {
  const {
    bus,
    pattern,
    deadLetters,
    redrivers,
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
      policy: policyDocument([fromRules(queue.arn, [rule.arn]), fromRoles(queue.arn, redrivers), onlyTls("sqs:*", queue.arn)]),
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
      environment: { ...environment, HUB_QUEUE_URL: queue.url },
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
