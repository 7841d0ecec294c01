import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import {
  type AnyStep,
  awaitsIn,
  DEFAULT_RETRY,
  describeFilter,
  emittedBy,
  type Flow,
  isImported,
  isTimed,
  type Trigger,
} from "../../model/index.ts";
import { costSection, type MeasuredHub } from "./cost-section.ts";
import { asyncApiFile, eventFile } from "./files.ts";
import { type EventModel, eventIn, type FlowModel, type HubModel, listOf } from "./hub-model.ts";
import { code, codes, fenced, page, section, table } from "./markdown.ts";
import { flowchart } from "./mermaid.ts";

const ROOT = join(import.meta.dirname, "../..");

/** @param recording the program's resources: rules, alarms, functions */
export function flowPage(model: FlowModel, hub: HubModel, recording: Recording, cost: MeasuredHub): string {
  const { flow, graph } = model;
  const file = relative(ROOT, fileURLToPath(flow.source)).replaceAll(sep, "/");
  const own = resourcesOf(flow.name, recording);
  const eventLink = (type: string) => linkTo(eventIn(hub, flow, type), flow, type);
  return page(flow.name, [
    `${flow.summary}\n`,
    `Owner: ${flow.owner || "none"}. Code: [${file}](../../../${file}). Events as [AsyncAPI](../${asyncApiFile(flow.name)}).\n`,
    ...(flow.formerly ? [`Formerly ${codes(flow.formerly)}.\n`] : []),
    ...(flow.admission ? [`Refuses requests while messages have waited for more than ${flow.admission.oldest}.\n`] : []),
    ...(flow.slo ? [`Objective: requests complete within ${flow.slo.completedWithin} for ${flow.slo.for} of them.\n`] : []),
    fenced("mermaid", flowchart(model)),
    section(
      "Triggers",
      table(
        ["trigger", "starts by", "caller", "publishes"],
        Object.entries(flow.triggers).map(([name, trigger]) => triggerRow(name, trigger, eventLink)),
      ),
    ),
    section(
      "Steps",
      table(
        ["step", "waits for", "publishes", "uses", "attempts", "undone by", "about"],
        graph.steps.map((step) => stepRow(step, flow.steps[step.name] as AnyStep, eventLink)),
      ),
    ),
    section(
      "Joins",
      table(
        ["step", "parts", "by", "deadline"],
        graph.steps.flatMap(({ name, on }) =>
          on.kind === "join"
            ? [
                [
                  code(name),
                  codes(Object.entries(on.parts).map(([part, event]) => `${part}: ${event}`)),
                  on.counted ? `request; as many as ${code(`of.${on.counted.field}`)} says` : on.by ? code(on.by) : "request",
                  `${on.within ?? "none"}${on.counted && on.counted.tolerate > 0 ? `, then without ${on.counted.tolerate} at most` : ""}`,
                ],
              ]
            : [],
        ),
      ),
    ),
    costSection(flow.name, cost),
    section(
      "Rules on the bus",
      table(
        ["rule", "pattern"],
        ofType(own, "aws:cloudwatch/eventRule:EventRule").map(({ name, inputs }) => [
          code(name),
          code(String(inputs.eventPattern)),
        ]),
      ),
    ),
    section(
      "Alarms",
      table(
        ["alarm", "meaning"],
        ofType(own, "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ name, inputs }) => [
          code(name),
          String(inputs.alarmDescription),
        ]),
      ),
    ),
    section(
      "Permissions",
      table(
        ["function", "grants"],
        ofType(own, "aws:lambda/function:Function").map(({ name }) => [
          code(name),
          `[least privilege](../../least-privilege.md#${name.toLowerCase()})`,
        ]),
      ),
    ),
  ]);
}

type EventLink = (type: string) => string;
const linkTo = (event: EventModel | undefined, flow: Flow, type: string): string =>
  `${event ? `[${type}](../${eventFile(event.flow, type)})` : type}${isImported(flow, type) ? " (imported)" : ""}`;
const partyLink = (name: string) => `[${name}](../third-parties/${name}.md)`;

function triggerRow(name: string, trigger: Trigger, eventLink: EventLink): readonly string[] {
  const emits =
    trigger.kind === "webhook" && trigger.events
      ? Object.entries(trigger.events).map(([type, event]) => `${code(type)}: ${eventLink(event.type)}`)
      : undefined;
  const published = emits ?? emittedBy(trigger).map(({ type }) => eventLink(type));
  return [code(name), startCell(trigger), callerOf(trigger), published.join(", ")];
}

function startCell(trigger: Trigger): string {
  if (isTimed(trigger)) return `${code(trigger.expression)} (${trigger.timezone ?? "UTC"})`;
  return trigger.kind === "sync" ? `${code(trigger.route)}, answered synchronously` : code(trigger.route);
}

function callerOf(trigger: Trigger): string {
  if (trigger.kind === "schedule") return "EventBridge Scheduler";
  if (trigger.kind === "poll") {
    const read = Object.values(trigger.uses ?? {}).map(({ name }) => partyLink(name));
    return `a function${read.length > 0 ? `, which reads ${read.join(", ")}` : ""}`;
  }
  if (trigger.kind === "webhook") return `third party; ${trigger.verify.scheme}, secret ${code(trigger.verify.secret)}`;
  const { auth } = trigger;
  return auth.kind === "jwt" ? `token${auth.scopes.length > 0 ? ` with ${codes(auth.scopes)}` : ""}` : "API key";
}

function stepRow(node: FlowModel["graph"]["steps"][number], step: AnyStep, eventLink: EventLink): readonly string[] {
  const { retry } = step;
  const ofParties = Object.values(step.uses ?? {}).flatMap((adapter) => (adapter.retry ? [adapter.retry] : []));
  const { attempts, backoff, ceiling } = retry ?? ofParties.sort((a, b) => b.attempts - a.attempts)[0] ?? DEFAULT_RETRY;
  const direct = step.delivery === "direct" ? "direct delivery: 3" : `${attempts}, ${backoff} to ${ceiling}`;
  return [
    code(node.name),
    awaitsIn(node)
      .map(({ event, when }) => `${eventLink(event)}${when ? ` where ${code(describeFilter(when))}` : ""}`)
      .join(" and "),
    listOf(node.emits)
      .map((event) => eventLink(event))
      .join(" or "),
    node.uses.map(partyLink).join(", "),
    direct,
    node.compensates ? "`compensate`" : "",
    [step.summary, node.serial && `One at a time per ${code(node.serial)}.`, node.formerly && `Formerly ${codes(node.formerly)}.`]
      .filter(Boolean)
      .join(" "),
  ];
}

/** Resources below the flow's component. */
function resourcesOf(flow: string, { resources }: Recording): readonly RecordedResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const isBelow = ({ parent }: RecordedResource): boolean => {
    const above = parent === undefined ? undefined : byUrn.get(parent);
    return above !== undefined && ((above.name === flow && !above.custom) || isBelow(above));
  };
  return resources.filter(isBelow);
}
const ofType = (resources: readonly RecordedResource[], type: string) =>
  resources.filter((resource) => resource.type === type).sort((a, b) => (a.name < b.name ? -1 : 1));
