import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Flow, type ScheduleTrigger, seconds, sourceOf } from "../../model/index.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { policyDocument, trustPolicy } from "../parts/policy-document.ts";
import { publish, sendTo } from "../parts/statements.ts";

interface SchedulesArgs {
  readonly hub: IntegrationHub;
  readonly flow: Flow;
  readonly graphHash: string;
  /** The flow's. */
  readonly deadLetters: aws.sqs.Queue;
}

/** What the recorder has to know of a schedule to understand its dead letters. */
export interface ScheduleTarget {
  readonly scheduleArn: pulumi.Output<string>;
  readonly event: string;
}

/**
 * Schedules that publish a flow's first events by themselves: no function is in the way. They publish nothing but those events, and what
 * they can't publish goes to the flow's dead letters. Rules with a schedule live on the default bus only, so it is EventBridge Scheduler.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 * @returns by the trigger's name
 */
export function createSchedules(
  name: string,
  { hub, flow, graphHash, deadLetters }: SchedulesArgs,
  options: pulumi.CustomResourceOptions,
): Readonly<Record<string, ScheduleTarget>> {
  const triggers = Object.entries(flow.triggers).flatMap(([trigger, of]) =>
    of.kind === "schedule" ? [[trigger, of] as const] : [],
  );
  if (triggers.length === 0) return {};
  const statement = publish(
    hub.bus.arn,
    sourceOf(flow.name),
    triggers.map(([, { emits }]) => emits.type),
  );
  const role = new aws.iam.Role(
    `${name}-schedule-role`,
    { description: `Schedules of ${flow.name}`, assumeRolePolicy: trustPolicy("scheduler.amazonaws.com") },
    options,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-schedule-policy`,
    { role: role.name, policy: policyDocument([statement, sendTo(deadLetters.arn)]) },
    options,
  );
  hub.letRedriversPublish(name, statement, options);
  const targets = triggers.map(([trigger, of]) => {
    const schedule = new aws.scheduler.Schedule(
      `${name}-${trigger}-schedule`,
      {
        description: of.summary ?? `${flow.name} / ${trigger}`,
        scheduleExpression: of.expression,
        scheduleExpressionTimezone: of.timezone ?? "UTC",
        state: (of.enabled ?? true) ? "ENABLED" : "DISABLED",
        flexibleTimeWindow: of.window ? { mode: "FLEXIBLE", maximumWindowInMinutes: seconds(of.window) / 60 } : { mode: "OFF" },
        target: {
          arn: hub.bus.arn,
          roleArn: role.arn,
          eventbridgeParameters: { detailType: of.emits.type, source: sourceOf(flow.name) },
          input: JSON.stringify(firstEvent(flow.name, graphHash, trigger, of)),
          retryPolicy: DEFAULTS.target,
          deadLetterConfig: { arn: deadLetters.arn },
        },
      },
      { ...options, dependsOn: [policy] },
    );
    return [trigger, { scheduleArn: schedule.arn, event: of.emits.type }] as const;
  });
  return Object.fromEntries(targets);
}

const TIME = "<aws.scheduler.scheduled-time>";

/**
 * The envelope, in which Scheduler replaces the time for which a run was scheduled. The execution id is of one attempt, so it would make
 * two requests of a run that is tried again; the time is the run's own.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function firstEvent(flow: string, graph: string, trigger: string, { emits, data = {} }: ScheduleTrigger) {
  const id = `schedule:${flow}.${trigger}:${TIME}`;
  const metadata = {
    eventId: id,
    requestId: id,
    correlationId: id,
    causationId: "",
    tenant: `schedule:${flow}.${trigger}`,
    flow,
    graph,
    step: `trigger:${trigger}`,
    version: emits.version,
    occurredAt: TIME,
    hop: 0,
    traceparent: "",
  };
  return { metadata, data };
}
