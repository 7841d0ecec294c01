import * as pulumi from "@pulumi/pulumi";
import { type Flow, handshakeRoute, isTimed, type Problem, type Trigger } from "../../model/index.ts";
import { AUTO_NAME_SUFFIX, NAME_LIMITS, SCHEDULE_DESCRIPTION } from "../../protocol/name-limits.ts";
import type { FlowEntry } from "../core/flow-entry.ts";
import { alarmNames } from "../parts/alarms.ts";
import { FLOW_ALARMS, watchedBy } from "../parts/flow-alarms.ts";
import { secretsOf } from "./flow-problems.ts";

/** A resource that a flow expands into, before it exists. */
export interface PlannedResource {
  /** Component that creates it. Pulumi refuses two resources of one type and name below one kind of component. */
  readonly parent: "flow" | "step" | "endpoint" | "gateway";
  /** Pulumi's type token. */
  readonly type: string;
  readonly name: string;
  /** Such as `trigger orders`. */
  readonly where: string;
}

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping";
const PERMISSION = "aws:lambda/permission:Permission";
const QUEUE = "aws:sqs/queue:Queue";
const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const RULE = "aws:cloudwatch/eventRule:EventRule";

/** Types of which `plannedResources` lists every resource of a flow; tests/components/flow/resource-names.test.ts compares. */
export const PLANNED_TYPES: readonly string[] = [
  ...["aws:cloudwatch/logGroup:LogGroup", "aws:lambda/function:Function", "aws:scheduler/schedule:Schedule"],
  ...[ALARM, EVENT_SOURCE, PERMISSION, QUEUE, QUEUE_POLICY, ROLE, ROLE_POLICY, RULE],
];

type Suffixes = readonly (readonly [type: string, suffix: string])[];
const LAMBDA: Suffixes = [
  ["aws:lambda/function:Function", ""],
  ["aws:cloudwatch/logGroup:LogGroup", "-log"],
  [ROLE, "-role"],
  [ROLE_POLICY, "-policy"],
];
const QUEUED: Suffixes = [
  ...LAMBDA,
  [QUEUE, "-queue"],
  [QUEUE_POLICY, "-queue-policy"],
  [RULE, "-rule"],
  [EVENT_SOURCE, "-source"],
];
const DIRECT: Suffixes = [
  ...LAMBDA,
  [QUEUE, "-redrive"],
  [QUEUE_POLICY, "-redrive-policy"],
  [RULE, "-rule"],
  [EVENT_SOURCE, "-redrive-source"],
  [PERMISSION, "-permission"],
];
const FLOW: Suffixes = [
  [QUEUE, "-dead-letters"],
  [QUEUE_POLICY, "-dead-letters-policy"],
  [EVENT_SOURCE, "-recorder-source"],
];
const API: Suffixes = [
  [ROLE, "-gateway-role"],
  [ROLE_POLICY, "-gateway-policy"],
];
const SCHEDULES: Suffixes = [
  [ROLE, "-schedule-role"],
  [ROLE_POLICY, "-schedule-policy"],
];
const POLLS: Suffixes = [
  [ROLE, "-polls-role"],
  [ROLE_POLICY, "-polls-policy"],
];
const POLL: Suffixes = [
  ["aws:scheduler/schedule:Schedule", "-schedule"],
  [RULE, "-run-rule"],
  [PERMISSION, "-run-permission"],
];
const PERMITTED: Suffixes = [[PERMISSION, "-gateway-permission"]];

const expand = (
  parent: PlannedResource["parent"],
  prefix: string,
  suffixes: Suffixes,
  where: string,
): readonly PlannedResource[] => suffixes.map(([type, suffix]) => ({ parent, type, name: `${prefix}${suffix}`, where }));

/** @param name the name that the flow's resources get */
export function plannedResources(name: string, flow: Flow): readonly PlannedResource[] {
  const triggers = Object.entries(flow.triggers);
  const has = (kind: Trigger["kind"]) => triggers.some(([, trigger]) => trigger.kind === kind);
  return [
    ...expand("flow", name, [...FLOW, ...alarmsOf(flow)], "the flow"),
    ...(has("api") ? expand("flow", name, API, "the flow") : []),
    ...(has("schedule") ? expand("flow", name, SCHEDULES, "the flow") : []),
    ...(has("poll") ? expand("flow", name, POLLS, "the flow") : []),
    ...Object.entries(flow.steps).flatMap(([step, { delivery }]) =>
      expand("step", `${name}-${step}`, delivery === "direct" ? DIRECT : QUEUED, `step ${step}`),
    ),
    ...triggers.flatMap(([trigger, declaration]) => ofTrigger(`${name}-${trigger}`, `trigger ${trigger}`, declaration)),
  ];
}

/** Triggers with a function of their own. */
const FUNCTIONS: ReadonlySet<Trigger["kind"]> = new Set(["sync", "webhook", "poll"]);

/** An alarm watches ten metrics, so that a large flow has several of a kind. */
function alarmsOf(flow: Flow): Suffixes {
  const steps = Object.keys(flow.steps).length;
  const functions = Object.values(flow.triggers).filter(({ kind }) => FUNCTIONS.has(kind)).length;
  const usual = { errors: steps + functions, waiting: steps, undelivered: steps, recorded: 1, unrecorded: 1 };
  const numbers = { ...usual, ...(flow.slo ? { fastBurn: 1, slowBurn: 1 } : {}) };
  return (Object.entries(numbers) as [keyof typeof FLOW_ALARMS, number][]).flatMap(([kind, watched]) =>
    alarmNames(`-${FLOW_ALARMS[kind]}`, watchedBy[kind](watched)).map((suffix) => [ALARM, suffix] as const),
  );
}

function ofTrigger(prefix: string, where: string, declaration: Trigger): readonly PlannedResource[] {
  switch (declaration.kind) {
    case "api":
      return [];
    case "schedule":
      return expand("flow", prefix, [["aws:scheduler/schedule:Schedule", "-schedule"]], where);
    case "poll":
      return [...expand("flow", `${prefix}-poll`, LAMBDA, where), ...expand("flow", prefix, POLL, where)];
    case "sync":
      return [...expand("endpoint", prefix, LAMBDA, where), ...expand("gateway", prefix, PERMITTED, where)];
    case "webhook":
      return [
        ...expand("flow", `${prefix}-ingress`, LAMBDA, where),
        ...expand("gateway", prefix, PERMITTED, where),
        ...(handshakeRoute(declaration) ? expand("gateway", `${prefix}-handshake`, PERMITTED, where) : []),
      ];
  }
}

/**
 * Names that AWS or Pulumi would refuse.
 * @param others flows that the hub has already
 */
export const resourceNameProblems = (entries: readonly FlowEntry[], others: readonly FlowEntry[] = []): readonly Problem[] => [
  ...entries.flatMap(tooLong),
  ...sameResources([...others, ...entries]),
];

/** Names and descriptions that AWS would refuse for their length. */
function tooLong({ name, flow }: FlowEntry): readonly Problem[] {
  const secretPrefix = `${pulumi.getProject()}/${pulumi.getStack()}/`;
  const names = plannedResources(name, flow).flatMap((planned): readonly Problem[] => {
    const [limit = Number.POSITIVE_INFINITY, length] = [NAME_LIMITS[planned.type], planned.name.length + AUTO_NAME_SUFFIX];
    const excess = length - limit;
    if (excess <= 0) return [];
    const kind = planned.type.split(":").at(-1);
    const remedy = `Shorten the name of the flow or of ${planned.where} by ${excess} characters`;
    const fact = `its ${kind} would have a name of ${length} characters (${planned.name}-…), and AWS takes ${limit}`;
    return [{ code: "NAME", where: `flow ${name}, ${planned.where}`, fact, remedy }];
  });
  const secrets = [...new Set(secretsOf(flow))].flatMap((secret): readonly Problem[] => {
    const limit = NAME_LIMITS["aws:secretsmanager/secret:Secret"] ?? 0;
    const excess = secretPrefix.length + secret.length - limit;
    if (excess <= 0) return [];
    const fact = `its name in AWS, ${secretPrefix}<name>, would have ${limit + excess} characters, and AWS takes ${limit}`;
    return [
      { code: "NAME", where: `flow ${name}, secret ${secret.slice(0, 40)}…`, fact, remedy: `Shorten it by ${excess} characters` },
    ];
  });
  const descriptions = Object.entries(flow.triggers).flatMap(([trigger, declaration]): readonly Problem[] => {
    const { summary = "" } = declaration;
    if (!isTimed(declaration) || summary.length <= SCHEDULE_DESCRIPTION) return [];
    const fact = `its summary has ${summary.length} characters, and a schedule's description takes ${SCHEDULE_DESCRIPTION}`;
    return [{ code: "NAME", where: `flow ${name}, trigger ${trigger}`, fact, remedy: "Shorten it" }];
  });
  return [...names, ...secrets, ...descriptions];
}

/** Two resources that Pulumi would take for one, such as those of step `redrive` in flow `a-b` and of the direct step `b` in flow `a`. */
function sameResources(entries: readonly FlowEntry[]): readonly Problem[] {
  const planned = entries.flatMap(({ name, flow }) => plannedResources(name, flow).map((one) => ({ ...one, flow: name })));
  const groups = Map.groupBy(planned, ({ parent, type, name }) => JSON.stringify([parent, type, name]));
  return [...groups.values()].flatMap(([first, second]): readonly Problem[] => {
    // Two flows of one name have a problem of their own.
    if (!first || !second || first.flow === second.flow) return [];
    const fact = `${second.where} of flow ${second.flow} would have a resource of the same name, ${first.name}`;
    return [{ code: "NAME", where: `flow ${first.flow}, ${first.where}`, fact, remedy: "Rename one of the two" }];
  });
}
