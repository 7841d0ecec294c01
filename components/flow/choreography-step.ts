import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyStep, type Flow, firstName, seconds, sourceOf } from "../../model/index.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";
import { queueAgeAlarm } from "../parts/alarms.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { directConsumer } from "../parts/direct-consumer.ts";
import type { Statement } from "../parts/policy-document.ts";
import { queueConsumer } from "../parts/queue-consumer.ts";
import { publish, sendTo, tableAccess } from "../parts/statements.ts";
import { eventPattern } from "./event-pattern.ts";
import {
  networkFor,
  thirdPartiesOf,
  thirdPartyEnvironment,
  thirdPartyPartitions,
  thirdPartySecrets,
} from "./third-party-access.ts";
import type { ThirdPartyAdapter } from "./third-party-adapter.ts";

export interface ChoreographyStepArgs {
  readonly hub: IntegrationHub;
  readonly flow: Flow;
  /** Its name in the flow. */
  readonly step: string;
  readonly code: pulumi.Input<pulumi.asset.Archive>;
  readonly graphHash: string;
  /** The flow's, which its steps share. */
  readonly deadLetters: aws.sqs.Queue;
}

/** One reaction of a flow: what listens to its events, what runs its handler, and the role that allows no more than it declared. */
export class ChoreographyStep extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  readonly role: aws.iam.Role;
  readonly rule: aws.cloudwatch.EventRule;
  /** Where delivery is direct, of what comes back from the dead letters alone. */
  readonly queue: aws.sqs.Queue;

  constructor(name: string, args: ChoreographyStepArgs, options?: pulumi.ComponentResourceOptions) {
    super("hub:index:ChoreographyStep", name, { flow: args.flow.name, step: args.step }, options);
    const { hub, flow, deadLetters } = args;
    const step = flow.steps[args.step];
    if (!step)
      throw new RangeError(`flow ${flow.name} has no step "${args.step}". Name one of ${Object.keys(flow.steps).join(", ")}.`);
    const thirdParties = thirdPartiesOf(hub, step.uses);
    const common = {
      network: networkFor(hub, step.uses),
      description: `${flow.name} / ${args.step}`,
      bus: hub.bus,
      pattern: eventPattern(flow, args.step, step),
      deadLetters,
      redrivers: hub.redrivers,
      keepQueue: hub.config.protect,
      backsOff: true,
      code: args.code,
      handler: `index.step_${args.step}`,
      logRetentionDays: hub.config.logRetentionDays,
      timeout: step.timeout ? Math.ceil(seconds(step.timeout)) : DEFAULTS.timeout,
      memory: step.memory ?? DEFAULTS.memory,
      environment: environmentOf(args, thirdParties),
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
              ...(step.concurrency !== undefined && { concurrency: step.concurrency }),
            },
            { parent: this },
          );
    this.function = made.function;
    this.role = made.role;
    this.rule = made.rule;
    this.queue = made.queue;
    const deadline = step.on.kind === "join" && step.on.within !== undefined ? seconds(step.on.within) : 0;
    queueAgeAlarm(
      `${name}-age`,
      { topic: hub.alarmTopic, queue: made.queue, what: common.description, meantToWait: deadline },
      { parent: this },
    );
    this.registerOutputs({ functionName: this.function.name, ruleArn: this.rule.arn, queueUrl: this.queue.url });
  }
}

function environmentOf(
  { hub, flow, step, graphHash, deadLetters }: ChoreographyStepArgs,
  thirdParties: readonly ThirdPartyAdapter[],
) {
  const former = { flow: flow.formerly ?? [], step: flow.steps[step]?.formerly ?? [] };
  return {
    ...hub.environmentOf(flow, graphHash),
    HUB_STEP: step,
    HUB_TABLE: hub.table.name,
    HUB_DEAD_LETTER_URL: deadLetters.url,
    ...(former.flow.length + former.step.length > 0 && { HUB_FORMERLY: JSON.stringify(former) }),
    ...thirdPartyEnvironment(hub, thirdParties),
  };
}

function statementsOf(
  { hub, flow, step, deadLetters }: ChoreographyStepArgs,
  { emits, on, formerly, serial }: AnyStep,
  thirdParties: readonly ThirdPartyAdapter[],
): Statement[] {
  const owner = `${firstName(flow.name, flow.formerly)}#${firstName(step, formerly)}`;
  const partitions = [
    `delivery#${owner}#*`,
    ...(on.kind === "join" ? [`join#${owner}#*`] : []),
    ...(serial ? [`serial#${owner}#*`] : []),
    ...thirdPartyPartitions(thirdParties),
  ];
  return [
    publish(hub.bus.arn, sourceOf(flow.name), [
      ...emits.map(({ type }) => type),
      "StepSucceeded",
      "StepFailed",
      ...(on.kind === "join" && on.within ? ["JoinTimedOut"] : []),
    ]),
    tableAccess("State", hub.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], partitions),
    sendTo(deadLetters.arn),
    ...thirdPartySecrets(thirdParties),
  ];
}
