import { awaitsIn, describeFilter, protocolOf, startOf } from "../../model/index.ts";
import { type FlowModel, type HubModel, listOf } from "./hub-model.ts";

/** Labels stand in quotes; Mermaid reads entities such as `#quot;` there. https://mermaid.js.org/syntax/flowchart.html */
const label = (text: string) =>
  `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;")}"`;
/** Prefixed, since Mermaid has reserved words, such as `end`. */
const id = (kind: string, name: string) => `${kind}_${name.replaceAll(/[^A-Za-z0-9]/g, "_")}`;

/** A connection is no HTTP API. */
const named = (party: string, protocol: string | undefined) => (protocol === undefined ? party : `${party} (${protocol})`);

/** A flow: triggers, events, steps, joins and third parties. */
export function flowchart({ graph }: FlowModel): string {
  const { triggers, events, steps, adapters } = graph;
  return [
    "flowchart LR",
    ...triggers.map((trigger) => `  ${id("trigger", trigger.name)}([${label(startOf(trigger))}])`),
    ...events.map(({ name, imported }) => `  ${id("event", name)}[/${label(imported ? `${name} (imported)` : name)}/]`),
    ...steps.map(({ name, on, compensates }) => {
      const text = label(compensates ? `${name} (can be undone)` : name);
      return `  ${id("step", name)}${on.kind === "join" ? `{{${text}}}` : `[${text}]`}`;
    }),
    ...adapters.map(({ name, protocol }) => `  ${id("party", name)}[(${label(named(name, protocol))})]`),
    ...triggers.flatMap((trigger) => [
      ...listOf(trigger.emits).map((event) => `  ${id("trigger", trigger.name)} --> ${id("event", event)}`),
      ...("uses" in trigger ? (trigger.uses ?? []) : []).map(
        (party) => `  ${id("trigger", trigger.name)} -.-> ${id("party", party)}`,
      ),
    ]),
    ...steps.flatMap((step) => [
      ...awaitsIn(step).map(
        ({ event, when }) =>
          `  ${id("event", event)} -->${when ? `|${label(describeFilter(when))}|` : ""} ${id("step", step.name)}`,
      ),
      ...step.emits.map((event) => `  ${id("step", step.name)} --> ${id("event", event)}`),
      ...step.uses.map((party) => `  ${id("step", step.name)} -.-> ${id("party", party)}`),
    ]),
  ].join("\n");
}

/** The whole hub: who starts flows, which events lead from one to another, and which third parties they call. */
export function hubMap({ flows, events, parties }: HubModel): string {
  const starts = flows.flatMap(({ flow, graph }) =>
    graph.triggers.map((trigger) => ({
      flow: flow.name,
      kind: trigger.kind,
      text: startOf(trigger),
    })),
  );
  const sources = {
    api: "API callers",
    sync: "API callers",
    webhook: "Third parties' webhooks",
    schedule: "Schedules",
    poll: "Polls",
  };
  const used = [...new Set(starts.map(({ kind }) => sources[kind]))];
  return [
    "flowchart LR",
    ...used.map((name) => `  ${id("source", name)}([${label(name)}])`),
    ...flows.map(({ flow }) => `  ${id("flow", flow.name)}[${label(flow.name)}]`),
    ...parties.map(({ adapter }) => `  ${id("party", adapter.name)}[(${label(named(adapter.name, protocolOf(adapter)))})]`),
    ...starts.map(({ flow, kind, text }) => `  ${id("source", sources[kind])} -->|${label(text)}| ${id("flow", flow)}`),
    ...events.flatMap(({ event, flow, consumers }) =>
      [...new Set(consumers.map((consumer) => consumer.flow))]
        .filter((other) => other !== flow)
        .map((other) => `  ${id("flow", flow)} -->|${label(event.type)}| ${id("flow", other)}`),
    ),
    ...parties.flatMap(({ adapter, users }) =>
      [...new Set(users.map(({ flow }) => flow))].map((flow) => `  ${id("flow", flow)} -.-> ${id("party", adapter.name)}`),
    ),
  ].join("\n");
}
