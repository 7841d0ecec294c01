import * as aws from "@pulumi/aws";
import { busName, firstName, POLL_TIMEOUT, type PollTrigger, seconds, sourceOf } from "../../model/index.ts";
import { pollInput, RUN_POLL } from "../../protocol/first-event.ts";
import { triggerHandler } from "../../protocol/handlers.ts";
import { admissionKey, holdsKey, pollKey } from "../../protocol/table.ts";
import { type FlowContext, flowEnvironment } from "../core/hub-core.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { functionRule } from "../parts/function-rule.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument, schedulerTrust } from "../parts/policy-document.ts";
import { publish, tableAccess } from "../parts/statements.ts";
import { thirdPartyAccess } from "../third-party/access.ts";
import { SCHEDULED_TIME, timesOf } from "./schedule-times.ts";

/**
 * A function for each poll of a flow, and the schedule that invokes it.
 * @param name prefix of the flow's resources
 */
export function createPolls(name: string, context: FlowContext, options: ChildOptions): readonly LambdaFunction[] {
  const { core, flow } = context;
  const polls = Object.entries(flow.triggers).flatMap(([trigger, of]) =>
    of.kind === "poll" ? [{ trigger, of, made: pollFunction(`${name}-${trigger}-poll`, context, trigger, of, options) }] : [],
  );
  if (polls.length === 0) return [];
  const role = new aws.iam.Role(
    `${name}-polls-role`,
    { description: `Starts the polls of ${flow.name}`, assumeRolePolicy: schedulerTrust(core.bus.arn) },
    options,
  );
  const resources = polls.map(({ made }) => made.function.arn);
  const policy = new aws.iam.RolePolicy(
    `${name}-polls-policy`,
    { role: role.name, policy: policyDocument([{ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources }]) },
    options,
  );
  for (const { trigger, of, made } of polls)
    new aws.scheduler.Schedule(
      `${name}-${trigger}-schedule`,
      {
        ...timesOf(flow, trigger, of),
        // Scheduler invokes asynchronously, so its own retries are for a function that can't be invoked. The next run makes up for that. Lambda
        // repeats an invocation that fails twice. https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
        target: {
          arn: made.function.arn,
          roleArn: role.arn,
          input: JSON.stringify(pollInput(SCHEDULED_TIME)),
          retryPolicy: { maximumRetryAttempts: 0 },
        },
      },
      { ...options, dependsOn: [policy] },
    );
  for (const { trigger, made } of polls) runByOperators(`${name}-${trigger}-run`, context, trigger, made, options);
  return polls.map(({ made }) => made);
}

/** Invokes the function of a poll when the ops function asks for it: an event needs no right to invoke any function. */
function runByOperators(
  name: string,
  { core: { bus }, flow }: FlowContext,
  trigger: string,
  { function: fn }: LambdaFunction,
  options: ChildOptions,
): void {
  functionRule(
    name,
    {
      bus,
      pattern: { source: [sourceOf(flow.name)], "detail-type": [RUN_POLL], detail: { data: { trigger: [trigger] } } },
      description: `${flow.name} / ${trigger}, when an operator runs it`,
      function: fn,
      // As with the schedule: the next run makes up for one that could not be started.
      retryPolicy: { maximumEventAgeInSeconds: LEAST_EVENT_AGE, maximumRetryAttempts: 0 },
    },
    options,
  );
}

/** Seconds. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html */
const LEAST_EVENT_AGE = 60;

function pollFunction(
  name: string,
  context: FlowContext,
  trigger: string,
  declaration: PollTrigger,
  options: ChildOptions,
): LambdaFunction {
  const { core, flow } = context;
  const former = flow.formerly ?? [];
  const first = firstName(flow.name, former);
  const thirdParties = thirdPartyAccess(core.thirdParties, declaration.uses);
  const { timeout = POLL_TIMEOUT, memory } = declaration;
  const read = [holdsKey.pk, ...(flow.admission ? [admissionKey(first).pk] : [])];
  return lambdaFunction(
    name,
    {
      description: `${flow.name} / ${trigger}`,
      code: context.code,
      handler: triggerHandler(trigger),
      logRetentionDays: core.config.logRetentionDays,
      logPath: [first, "triggers", trigger],
      timeout: Math.ceil(seconds(timeout)),
      ...(memory !== undefined && { memory }),
      network: thirdParties.network,
      environment: functionEnvironment("poll", {
        ...flowEnvironment(context),
        ...(former.length > 0 && { formerly: { flow: former } }),
        ...thirdParties.environment,
      }),
      statements: [
        publish(core.bus.arn, flow, declaration.emits.map(busName)),
        tableAccess(
          "State",
          core.table.arn,
          ["dynamodb:GetItem", "dynamodb:UpdateItem"],
          [pollKey(first, trigger).pk, ...thirdParties.partitions],
        ),
        tableAccess("Holds", core.table.arn, ["dynamodb:GetItem"], read),
        ...thirdParties.statements,
      ],
    },
    options,
  );
}
