import * as aws from "@pulumi/aws";
import type { ChildOptions } from "./customise.ts";
import { DEFAULTS } from "./defaults.ts";
import { functionRule } from "./function-rule.ts";
import { type LambdaFunction, lambdaFunction } from "./lambda-function.ts";
import { policyDocument } from "./policy-document.ts";
import { type QueueConsumerArgs, workQueue } from "./queue-consumer.ts";
import { backOff, consume, countedBy, fromRoles, moveTo, onlyTls } from "./statements.ts";

export interface DirectConsumer extends LambdaFunction {
  readonly rule: aws.cloudwatch.EventRule;
  /** Only for messages sent back from the dead letters, and for those of a step that is held; they have the backoff and attempts of a queue. */
  readonly queue: aws.sqs.Queue;
}

/**
 * rule -> function. The rule counts a handler that throws as a success, so there are two ways into `deadLetters`: the target's own for
 * events that never reached the function, and the function's on-failure destination for events that it failed at.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function directConsumer(
  name: string,
  args: Omit<QueueConsumerArgs, "batchSize" | "concurrency">,
  options: ChildOptions,
): DirectConsumer {
  const { bus, pattern, deadLetters, redrivers, observers, keepQueue, backsOff, environment, statements, ...rest } = args;
  const queue = workQueue(`${name}-redrive`, deadLetters, args.timeout, { ...options, retainOnDelete: keepQueue });
  new aws.sqs.QueuePolicy(
    `${name}-redrive-policy`,
    {
      queueUrl: queue.url,
      policy: policyDocument([fromRoles(queue.arn, redrivers), countedBy(queue.arn, observers), onlyTls("sqs:*", queue.arn)]),
    },
    options,
  );
  const made = lambdaFunction(
    name,
    {
      ...rest,
      environment: environment(queue),
      // A held event waits in the queue.
      statements: [...statements, consume(queue.arn), moveTo(queue.arn), ...(backsOff ? [backOff(queue.arn)] : [])],
    },
    options,
  );
  new aws.lambda.EventSourceMapping(
    `${name}-redrive-source`,
    {
      eventSourceArn: queue.arn,
      functionName: made.function.arn,
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    { ...options, dependsOn: [made.policy] },
  );
  const rule = functionRule(
    name,
    {
      bus,
      pattern,
      description: args.description,
      function: made.function,
      retryPolicy: DEFAULTS.target,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    options,
  );
  new aws.lambda.FunctionEventInvokeConfig(
    `${name}-invoke`,
    { functionName: made.function.name, ...DEFAULTS.direct, destinationConfig: { onFailure: { destination: deadLetters.arn } } },
    { ...options, dependsOn: [made.policy] },
  );
  return { ...made, rule, queue };
}
