import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { busName, firstName, type ScheduleTrigger, sourceOf } from "../../model/index.ts";
import type { ScheduleTarget } from "../../protocol/dead-letter.ts";
import { firstMetadata, scheduledId, scheduleTenant } from "../../protocol/first-event.ts";
import type { FlowContext } from "../core/hub-core.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { policyDocument, schedulerTrust } from "../parts/policy-document.ts";
import { publish, sendTo } from "../parts/statements.ts";
import { SCHEDULED_TIME, timesOf } from "./schedule-times.ts";

/**
 * Schedules that publish a flow's first events without a function. They may publish only those events; a failed delivery goes to the flow's
 * dead-letter queue. Rules with a schedule exist on the default bus only, hence EventBridge Scheduler.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 * @returns by the trigger's name
 */
export function createSchedules(
  name: string,
  { core, flow, graphId, deadLetters }: FlowContext,
  options: ChildOptions,
): Readonly<Record<string, ScheduleTarget<pulumi.Output<string>>>> {
  const triggers = Object.entries(flow.triggers).flatMap(([trigger, of]) =>
    of.kind === "schedule" ? [[trigger, of] as const] : [],
  );
  if (triggers.length === 0) return {};
  const statement = publish(
    core.bus.arn,
    flow,
    triggers.map(([, { emits }]) => busName(emits)),
  );
  const role = new aws.iam.Role(
    `${name}-schedule-role`,
    { description: `Schedules of ${flow.name}`, assumeRolePolicy: schedulerTrust(core.bus.arn) },
    options,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-schedule-policy`,
    { role: role.name, policy: policyDocument([statement, sendTo(deadLetters.arn)]) },
    options,
  );
  const targets = triggers.map(([trigger, of]) => {
    const schedule = new aws.scheduler.Schedule(
      `${name}-${trigger}-schedule`,
      {
        ...timesOf(flow, trigger, of),
        target: {
          arn: core.bus.arn,
          roleArn: role.arn,
          eventbridgeParameters: { detailType: busName(of.emits), source: sourceOf(flow.name) },
          input: graphId.apply((graph) => JSON.stringify(firstEvent(flow, graph, trigger, of))),
          retryPolicy: DEFAULTS.target,
          deadLetterConfig: { arn: deadLetters.arn },
        },
      },
      { ...options, dependsOn: [policy] },
    );
    return [trigger, { scheduleArn: schedule.arn, event: busName(of.emits) }] as const;
  });
  return Object.fromEntries(targets);
}

/**
 * The envelope. The id is made of the scheduled time, not of the execution id, which changes with each attempt and would make two requests of a
 * run that is retried. The flow's first name stands in it: a run that is retried while the flow is renamed stays one request.
 */
function firstEvent(
  { name: flow, formerly }: FlowContext["flow"],
  graph: string,
  trigger: string,
  { emits, data = {} }: ScheduleTrigger,
) {
  const id = scheduledId(firstName(flow, formerly), trigger, SCHEDULED_TIME);
  const ids = { requestId: id, correlationId: id, tenant: scheduleTenant(flow, trigger), occurredAt: SCHEDULED_TIME };
  return { metadata: firstMetadata({ ...ids, flow, graph, trigger, version: emits.version }), data };
}
