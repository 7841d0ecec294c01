import * as aws from "@pulumi/aws";
import type { ChildOptions } from "./customise.ts";

/** rule -> function: the rule, the permission to invoke the function, and the target with its retries. */
export function functionRule(
  name: string,
  {
    bus,
    pattern,
    description,
    function: fn,
    ...target
  }: {
    readonly bus: Pick<aws.cloudwatch.EventBus, "name">;
    readonly pattern: object;
    readonly description: string;
    readonly function: aws.lambda.Function;
  } & Pick<aws.cloudwatch.EventTargetArgs, "retryPolicy" | "deadLetterConfig">,
  options: ChildOptions,
): aws.cloudwatch.EventRule {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    { eventBusName: bus.name, description, eventPattern: JSON.stringify(pattern) },
    options,
  );
  const permission = new aws.lambda.Permission(
    `${name}-permission`,
    { action: "lambda:InvokeFunction", function: fn.name, principal: "events.amazonaws.com", sourceArn: rule.arn },
    options,
  );
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    { eventBusName: bus.name, rule: rule.name, arn: fn.arn, ...target },
    { ...options, dependsOn: [permission] },
  );
  return rule;
}
