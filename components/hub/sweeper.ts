import * as aws from "@pulumi/aws";
import { DEFAULTS } from "../parts/defaults.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument, trustPolicy } from "../parts/policy-document.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";
import { decideStatements } from "./recorder.ts";

/** Looks once a minute after what has to happen by time. */
export function createSweeper(name: string, { hub, code }: HubFunctionArgs): LambdaFunction {
  const made = lambdaFunction(
    name,
    {
      description: "Sweeper",
      code,
      handler: "index.sweeper",
      timeout: DEFAULTS.timeout,
      logRetentionDays: hub.config.logRetentionDays,
      environment: { HUB_TABLE: hub.table.name, HUB_BUS: hub.bus.name, HUB_LOG_LEVEL: hub.config.logLevel },
      statements: decideStatements(hub.bus.arn, hub.table.arn, ["StepFailed", "StepGivenUp"]),
    },
    { parent: hub },
  );
  const role = new aws.iam.Role(
    `${name}-schedule-role`,
    { description: "Starts the sweeper", assumeRolePolicy: trustPolicy("scheduler.amazonaws.com") },
    { parent: hub },
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-schedule-policy`,
    {
      role: role.name,
      policy: policyDocument([{ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [made.function.arn] }]),
    },
    { parent: hub },
  );
  // Rules with a schedule live on the default bus only. A run that is missed is made up for by the next, so it is not retried.
  new aws.scheduler.Schedule(
    `${name}-schedule`,
    {
      description: "Sweeper, once a minute",
      scheduleExpression: "rate(1 minute)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: made.function.arn, roleArn: role.arn, retryPolicy: { maximumRetryAttempts: 0 } },
    },
    { parent: hub, dependsOn: [policy] },
  );
  return made;
}
