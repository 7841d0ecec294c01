import { protocolOf } from "./connection.ts";
import type { AnyEvent } from "./event.ts";
import { patternOf } from "./filter/compile.ts";
import type { FilterPattern } from "./filter/pattern.ts";
import type { AnyStep, Flow, Slo } from "./flow.ts";
import { adaptersOf, eventsOf } from "./flow-parts.ts";
import { personalFieldsOf } from "./personal.ts";
import { emittedBy, isTimed, type Trigger } from "./trigger.ts";

export { adaptersOf, awaitedBy, awaitsOf, eventsOf, usesOf } from "./flow-parts.ts";

/** A flow as plain data, in the order of its declaration, for components, ledger, docs and console. */
export interface FlowGraph {
  readonly flow: string;
  readonly summary: string;
  readonly owner: string;
  /** By which the ledger decides whether a request is in time. */
  readonly slo?: Slo;
  readonly triggers: readonly TriggerNode[];
  readonly events: readonly EventNode[];
  readonly steps: readonly StepNode[];
  readonly adapters: readonly AdapterNode[];
}
export type TriggerNode =
  | {
      readonly name: string;
      readonly kind: "api" | "webhook" | "sync";
      readonly route: string;
      /** A list where a webhook's calls are of several types. */
      readonly emits: string | readonly string[];
      /** Names of adapters; only of synchronous endpoints. */
      readonly uses?: readonly string[];
    }
  | {
      readonly name: string;
      readonly kind: "schedule";
      readonly expression: string;
      readonly timezone: string;
      readonly emits: string;
    }
  | {
      readonly name: string;
      readonly kind: "poll";
      readonly expression: string;
      readonly timezone: string;
      readonly emits: readonly string[];
      /** Names of adapters. */
      readonly uses: readonly string[];
    };
/** What starts a trigger: calls of its route, or its times. */
export const startOf = (trigger: Pick<TriggerNode, "kind"> & ({ readonly route: string } | { readonly expression: string })) =>
  "route" in trigger ? trigger.route : trigger.expression;
export interface EventNode {
  readonly name: string;
  readonly version: number;
  /** True when another flow publishes it. */
  readonly imported: boolean;
  /** Former names, oldest first. */
  readonly formerly?: readonly string[];
  /** Fields by whose values requests are found. */
  readonly keys?: readonly { readonly field: string; readonly personal: boolean }[];
}
export interface StepNode {
  readonly name: string;
  readonly on: OnNode | JoinNode;
  readonly emits: readonly string[];
  /** Names of adapters. */
  readonly uses: readonly string[];
  readonly compensates: boolean;
  /** Key field of a serial step. */
  readonly serial?: string;
  /** Former names, oldest first. */
  readonly formerly?: readonly string[];
}
export interface OnNode {
  readonly kind: "event";
  readonly event: string;
  /** Which payloads of the event's version in this graph reach the step. */
  readonly when?: FilterPattern;
}
export interface JoinNode {
  readonly kind: "join";
  /** Name of the part -> name of the event, in the order of declaration. */
  readonly parts: Readonly<Record<string, string>>;
  /** Which payloads reach the join, by part; only of parts with a filter. */
  readonly when?: Readonly<Record<string, FilterPattern>>;
  /** Common field; `null` joins parts of the same request. */
  readonly by: string | null;
  /** Deadline, or `null`. */
  readonly within: string | null;
  /** Only where the parts are `of` and `all`: `all` is awaited as often as the field of `of` says. */
  readonly counted?: { readonly field: string; readonly tolerate: number };
}
export interface AdapterNode {
  readonly name: string;
  /** Of a connection, such as `sftp`. */
  readonly protocol?: string;
  readonly operations: readonly { readonly name: string; readonly route: string }[];
}

/** Pure: the same flow gives the same graph, and `JSON.stringify` the same text. */
export function graph(flow: Flow): FlowGraph {
  const steps = Object.entries(flow.steps);
  const personal = new Set(eventsOf(flow).some(({ keys }) => keys.length > 0) ? personalFieldsOf(flow) : []);
  return {
    flow: flow.name,
    summary: flow.summary,
    owner: flow.owner,
    ...(flow.slo && { slo: flow.slo }),
    triggers: Object.entries(flow.triggers).map(([name, trigger]) => triggerNode(name, trigger)),
    events: eventsOf(flow).map(({ type, version, formerly, keys }) => ({
      name: type,
      version,
      imported: isImported(flow, type),
      ...(formerly.length > 0 && { formerly }),
      ...(keys.length > 0 && { keys: keys.map((field: string) => ({ field, personal: personal.has(field) })) }),
    })),
    steps: steps.map(([name, step]) => stepNode(name, step)),
    adapters: adaptersOf(flow).map((adapter) => ({
      name: adapter.name,
      ...withProtocol(protocolOf(adapter)),
      operations: Object.entries(adapter.operations as Record<string, { route: string }>).map(([name, { route }]) => ({
        name,
        route,
      })),
    })),
  };
}

const withProtocol = (protocol: string | undefined) => (protocol === undefined ? {} : { protocol });

const triggerNode = (name: string, trigger: Trigger): TriggerNode => {
  const events = emittedBy(trigger).map(({ type }): string => type);
  const [emits = "", ...others] = events;
  const uses = "uses" in trigger ? Object.values(trigger.uses ?? {}).map((adapter) => adapter.name) : [];
  if (trigger.kind === "sync") return { name, kind: trigger.kind, route: trigger.route, emits, uses };
  if (!isTimed(trigger))
    return { name, kind: trigger.kind, route: trigger.route, emits: others.length > 0 ? [emits, ...others] : emits };
  const times = { expression: trigger.expression, timezone: trigger.timezone ?? "UTC" };
  if (trigger.kind === "poll") return { name, kind: trigger.kind, ...times, emits: events, uses };
  return { name, kind: trigger.kind, ...times, emits };
};

const stepNode = (name: string, step: AnyStep): StepNode => ({
  name,
  on: onNode(step),
  emits: step.emits.map((event) => event.type),
  uses: Object.values(step.uses ?? {}).map((adapter) => adapter.name),
  compensates: step.compensate !== undefined,
  ...(step.serial && { serial: step.serial.by }),
  ...(step.formerly && { formerly: step.formerly }),
});

function onNode({ on }: AnyStep): StepNode["on"] {
  if (on.kind === "event") {
    const pattern = patternOf(on);
    return { kind: "event", event: on.type, ...(pattern && { when: pattern }) };
  }
  const parts = Object.entries(on.parts);
  const filters = parts.flatMap(([part, awaited]) => {
    const pattern = patternOf(awaited);
    return pattern ? [[part, pattern] as const] : [];
  });
  return {
    kind: "join",
    parts: Object.fromEntries(parts.map(([part, event]) => [part, event.type])),
    ...(filters.length > 0 && { when: Object.fromEntries(filters) }),
    by: on.by ?? null,
    within: on.within ?? null,
    ...(on.counted && { counted: on.counted }),
  };
}

/** What a step of a graph waits for: the events, each with the filter that it must meet. */
export const awaitsIn = ({
  on,
}: Pick<StepNode, "on">): readonly { readonly part: string; readonly event: string; readonly when?: FilterPattern }[] =>
  on.kind === "event"
    ? [{ part: "", event: on.event, ...(on.when && { when: on.when }) }]
    : Object.entries(on.parts).map(([part, event]) => {
        const pattern = on.when?.[part];
        return { part, event, ...(pattern && { when: pattern }) };
      });

/** True when no step and no trigger of this flow publishes the event. */
export function isImported(flow: Flow, event: string): boolean {
  const published = [
    ...Object.values(flow.triggers).flatMap(emittedBy<AnyEvent>),
    ...Object.values(flow.steps).flatMap((step) => step.emits),
  ];
  return !published.some(({ type }) => type === event);
}
