import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DEFAULTS } from "./defaults.ts";
import { type LambdaFunction, lambdaFunction } from "./lambda-function.ts";
import type { QueueConsumerArgs } from "./queue-consumer.ts";

export interface DirectConsumer extends LambdaFunction {
  readonly rule: aws.cloudwatch.EventRule;
}

/**
 * rule -> function. To the rule a handler that throws is a success, so there are two ways into `deadLetters`: the target's own, for
 * what never reached the function, and the function's on-failure destination, for what it failed at.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function directConsumer(
  name: string,
  args: Omit<QueueConsumerArgs, "batchSize" | "keepQueue" | "concurrency">,
  options: pulumi.CustomResourceOptions,
): DirectConsumer {
  const { bus, pattern, deadLetters, ...rest } = args;
  const made = lambdaFunction(name, rest, options);
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    { eventBusName: bus.name, description: args.description, eventPattern: JSON.stringify(pattern) },
    options,
  );
  const permission = new aws.lambda.Permission(
    `${name}-permission`,
    { action: "lambda:InvokeFunction", function: made.function.name, principal: "events.amazonaws.com", sourceArn: rule.arn },
    options,
  );
  new aws.lambda.FunctionEventInvokeConfig(
    `${name}-invoke`,
    { functionName: made.function.name, ...DEFAULTS.direct, destinationConfig: { onFailure: { destination: deadLetters.arn } } },
    { ...options, dependsOn: [made.policy] },
  );
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    {
      eventBusName: bus.name,
      rule: rule.name,
      arn: made.function.arn,
      retryPolicy: DEFAULTS.target,
      deadLetterConfig: { arn: deadLetters.arn },
    },
    { ...options, dependsOn: [permission] },
  );
  return { ...made, rule };
}
