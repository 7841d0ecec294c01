import { COMPONENTS } from "../../protocol/kinds.ts";
import type { AlarmRow } from "../shared/api.ts";
import type { Parts } from "../shared/parts.ts";
import { within } from "./declared.ts";
import type { Json, Resource, ShownHub } from "./hub-port.ts";

/** Physical names of the hub's queues. */
export const queueNames = ({ resources }: Pick<ShownHub, "resources">): readonly string[] =>
  resources.filter(({ type }) => type === "aws:sqs/queue:Queue").map((queue) => text(queue, "name"));

export const RULE = "aws:cloudwatch/eventRule:EventRule";

export const stepComponent = ({ resources }: Pick<ShownHub, "resources">, flow: string, step: string): Resource | undefined =>
  resources.find(({ type, inputs }) => type === COMPONENTS.step && inputs.flow === flow && inputs.step === step);

/** @returns the resources behind a step; `undefined` for an unknown one */
export function stepParts(hub: ShownHub, flow: string, step: string): Parts | undefined {
  const component = stepComponent(hub, flow, step);
  if (!component) return undefined;
  const ofFlow = within(hub.resources, component.parent ?? component.urn);
  return { source: hub.sourceOf(flow, step) ?? null, ...partsOf(hub, within(hub.resources, component.urn), ofFlow) };
}

/** @param ofFlow the flow's resources: its alarms watch all of its steps */
function partsOf(hub: ShownHub, resources: readonly Resource[], ofFlow: readonly Resource[]): Omit<Parts, "source"> {
  const one = (type: string) => resources.find((resource) => resource.type === type);
  const alarms = new Map(hub.alarms().map((alarm) => [alarm.name, alarm]));
  const queue = one("aws:sqs/queue:Queue");
  const rule = one(RULE);
  const lambda = one("aws:lambda/function:Function");
  const role = one("aws:iam/role:Role");
  return {
    ...(queue && {
      queue: {
        name: text(queue, "name"),
        arn: text(queue, "arn"),
        depth: hub.queue(text(queue, "name")) ?? null,
        messages: hub.messages(text(queue, "name")).map(({ messageId, body, attributes }) => ({
          id: messageId,
          ...eventIn(body),
          sentAt: new Date(Number(attributes.SentTimestamp)).toISOString(),
          receives: Number(attributes.ApproximateReceiveCount),
        })),
        visibilitySeconds: Number(queue.inputs.visibilityTimeoutSeconds ?? 30),
        retentionSeconds: Number(queue.inputs.messageRetentionSeconds ?? 345_600),
      },
    }),
    ...(rule && { rule: { name: text(rule, "name"), arn: text(rule, "arn") } }),
    ...(lambda && {
      lambda: {
        name: text(lambda, "name"),
        arn: text(lambda, "arn"),
        memoryMb: Number(lambda.inputs.memorySize ?? 128),
        timeoutSeconds: Number(lambda.inputs.timeout ?? 3),
        handler: String(lambda.inputs.handler ?? ""),
      },
    }),
    alarms: ofFlow
      .filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm")
      .map((alarm) => alarms.get(text(alarm, "name")))
      .filter((alarm): alarm is AlarmRow => alarm !== undefined),
    grants: resources
      .filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")
      .flatMap(({ outputs }) => (jsonOf(outputs.policy) as { Statement?: readonly Json[] } | null)?.Statement ?? [])
      .map(({ Sid, Action, Resource, Condition }) => ({
        name: String(Sid ?? ""),
        actions: [Action].flat().map(String),
        used: usesOf([Action].flat().map(String), role ? hub.usedActions(text(role, "arn"), String(Sid ?? "")) : []),
        resources: [Resource].flat().map(String),
        condition: Condition ?? null,
      })),
    others: resources
      .filter(({ type }) => type.startsWith("aws:"))
      .map(({ type, name, outputs }) => ({ type, name, arn: String(outputs.arn ?? outputs.id ?? "") })),
  };
}

/** Lambda calls these by itself, and this machine's emulation does not: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
const NOT_CALLED_HERE = /^(?:xray:|logs:CreateLogStream$)/;

const usesOf = (actions: readonly string[], used: readonly string[]): Readonly<Record<string, boolean | null>> =>
  Object.fromEntries(actions.map((action) => [action, NOT_CALLED_HERE.test(action) ? null : used.includes(action)]));

/** A message of a step's queue is an event as EventBridge delivers it. */
function eventIn(body: string): { readonly event: string; readonly requestId: string } {
  const event = jsonOf(body) as { "detail-type"?: unknown; detail?: { metadata?: { requestId?: unknown } } } | null;
  return { event: String(event?.["detail-type"] ?? ""), requestId: String(event?.detail?.metadata?.requestId ?? "") };
}

const text = ({ outputs }: Resource, name: string) => String(outputs[name] ?? "");

export function jsonOf(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : (value ?? null);
  } catch {
    return null;
  }
}
