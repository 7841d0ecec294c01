import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyStep, firstName, namesOf, seconds } from "../../model/index.ts";
import { stepHandler } from "../../protocol/handlers.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import { admissionKey, cancelledKey, deliveryKey, holdsKey, joinKey, serialKey } from "../../protocol/table.ts";
import { type FlowContext, flowEnvironment } from "../core/hub-core.ts";
import type { StepComponent } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { directConsumer } from "../parts/direct-consumer.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import type { Statement } from "../parts/policy-document.ts";
import { queueConsumer } from "../parts/queue-consumer.ts";
import { publish, sendTo, tableAccess } from "../parts/statements.ts";
import { type ThirdPartyAccess, thirdPartyAccess } from "../third-party/access.ts";
import { eventPattern } from "./event-pattern.ts";
import { stepConcurrency } from "./step-concurrency.ts";

export interface ChoreographyStepArgs extends FlowContext {
  /** The step's name in the flow. */
  readonly step: string;
}

/** One reaction of a flow: the rule for its events, the function that runs its handler, and a role with no more rights than it declared. */
export class ChoreographyStep extends pulumi.ComponentResource implements StepComponent {
  readonly step: string;
  readonly function: aws.lambda.Function;
  readonly role: aws.iam.Role;
  readonly rule: aws.cloudwatch.EventRule;
  /** With direct delivery, only for messages sent back from the dead letters. */
  readonly queue: aws.sqs.Queue;

  constructor(name: string, args: ChoreographyStepArgs, options?: pulumi.ComponentResourceOptions) {
    super(COMPONENTS.step, name, { flow: args.flow.name, step: args.step }, options);
    this.step = args.step;
    const { core, flow, deadLetters } = args;
    const step = flow.steps[args.step];
    if (!step)
      throw new RangeError(`flow ${flow.name} has no step "${args.step}". Name one of ${Object.keys(flow.steps).join(", ")}.`);
    const thirdParties = thirdPartyAccess(core.thirdParties, step.uses);
    const concurrency = stepConcurrency(step, core.config.concurrency?.steps);
    const common = {
      network: thirdParties.network,
      description: `${flow.name} / ${args.step}`,
      bus: core.bus,
      pattern: eventPattern(flow, args.step, step),
      deadLetters,
      redrivers: Object.values(core.redrivers).map(({ role }) => role.arn),
      observers: [core.redrivers.ops.role.arn],
      keepQueue: core.config.protect,
      backsOff: true,
      code: args.code,
      handler: stepHandler(args.step),
      logRetentionDays: core.config.logRetentionDays,
      logPath: [firstName(flow.name, flow.formerly), firstName(args.step, step.formerly)],
      timeout: step.timeout ? Math.ceil(seconds(step.timeout)) : DEFAULTS.timeout,
      memory: step.memory ?? DEFAULTS.memory,
      environment: (queue: aws.sqs.Queue) => environmentOf(args, queue, thirdParties),
      statements: statementsOf(args, step, thirdParties),
    };
    const made =
      step.delivery === "direct"
        ? directConsumer(name, common, { parent: this })
        : queueConsumer(
            name,
            {
              ...common,
              batchSize: step.batchSize ?? DEFAULTS.batchSize,
              ...(concurrency !== undefined && { concurrency }),
            },
            { parent: this },
          );
    this.function = made.function;
    this.role = made.role;
    this.rule = made.rule;
    this.queue = made.queue;
    this.registerOutputs({ functionName: this.function.name, ruleArn: this.rule.arn, queueUrl: this.queue.url });
  }
}

function environmentOf(args: ChoreographyStepArgs, queue: aws.sqs.Queue, thirdParties: ThirdPartyAccess) {
  const { flow, step, deadLetters } = args;
  const former = { flow: flow.formerly ?? [], step: flow.steps[step]?.formerly ?? [] };
  return functionEnvironment("step", {
    ...flowEnvironment(args),
    queueUrl: queue.url,
    deadLetterUrl: deadLetters.url,
    ...(former.flow.length + former.step.length > 0 && { formerly: former }),
    ...thirdParties.environment,
  });
}

function statementsOf(
  { core, flow, step, deadLetters }: ChoreographyStepArgs,
  { emits, on, formerly, serial }: AnyStep,
  thirdParties: ThirdPartyAccess,
): Statement[] {
  const owner = [firstName(flow.name, flow.formerly), firstName(step, formerly)] as const;
  const partitions = [
    deliveryKey.pattern(...owner),
    ...(on.kind === "join" ? [joinKey.pattern(...owner)] : []),
    ...(serial ? [serialKey.pattern(...owner)] : []),
    ...(flow.admission ? [admissionKey(owner[0]).pk] : []),
    ...thirdParties.partitions,
  ];
  return [
    publish(core.bus.arn, flow, [
      ...emits.flatMap(namesOf),
      HUB_EVENT.StepSucceeded,
      HUB_EVENT.StepFailed,
      ...(on.kind === "join" && on.within ? [HUB_EVENT.JoinTimedOut] : []),
    ]),
    tableAccess("State", core.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], partitions),
    ...(on.kind === "join" && on.counted
      ? [tableAccess("Counted", core.table.arn, ["dynamodb:Query"], [joinKey.pattern(...owner)])]
      : []),
    tableAccess("Holds", core.table.arn, ["dynamodb:GetItem"], [holdsKey.pk, cancelledKey.pattern()]),
    sendTo(deadLetters.arn),
    ...thirdParties.statements,
  ];
}
