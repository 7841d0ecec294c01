import * as aws from "@pulumi/aws";
import { hubHandler } from "../../protocol/handlers.ts";
import { cancelledKey, deadLetterKey, holdsKey, INDEXES, inputKey, JOBS, joinKey, schemasKey } from "../../protocol/table.ts";
import { type Foundation, hubWriter } from "../core/hub-core.ts";
import { decideStatements } from "../core/recorder.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument, schedulerTrust } from "../parts/policy-document.ts";
import { queryIndex, tableAccess } from "../parts/statements.ts";

/** Runs once a minute, for whatever has to happen by a deadline. */
export function createSweeper(name: string, foundation: Foundation, options: ChildOptions): LambdaFunction {
  const { config, bus, table, code } = foundation;
  const made = lambdaFunction(
    name,
    {
      description: "Sweeper",
      code,
      handler: hubHandler("sweeper"),
      timeout: DEFAULTS.timeout,
      logRetentionDays: config.logRetentionDays,
      environment: functionEnvironment("hubWriter", hubWriter(foundation)),
      statements: [
        tableAccess("Letter", table.arn, ["dynamodb:GetItem"], [deadLetterKey.pattern()]),
        queryIndex("DueLetters", table.arn, INDEXES.dueDeadLetters.name),
        tableAccess("Joins", table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], [joinKey.pattern()]),
        tableAccess("Jobs", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], [JOBS]),
        // Jobs cancel requests and run them again, as the ops API does.
        tableAccess("Holds", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [holdsKey.pk]),
        tableAccess("Cancelled", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [cancelledKey.pattern()]),
        tableAccess("Inputs", table.arn, ["dynamodb:GetItem"], [inputKey.pattern(), schemasKey.pattern()]),
        ...decideStatements(bus.arn, table.arn),
      ],
    },
    options,
  );
  const role = new aws.iam.Role(
    `${name}-schedule-role`,
    { description: "Starts the sweeper", assumeRolePolicy: schedulerTrust(bus.arn) },
    options,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-schedule-policy`,
    {
      role: role.name,
      policy: policyDocument([{ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [made.function.arn] }]),
    },
    options,
  );
  // Rules with a schedule exist on the default bus only. The next run makes up for a missed one, so there is no retry.
  new aws.scheduler.Schedule(
    `${name}-schedule`,
    {
      description: "Sweeper, once a minute",
      scheduleExpression: "rate(1 minute)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: made.function.arn, roleArn: role.arn, retryPolicy: { maximumRetryAttempts: 0 } },
    },
    { ...options, dependsOn: [policy] },
  );
  return made;
}
