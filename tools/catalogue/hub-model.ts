import {
  type AnyAdapter,
  type AnyEvent,
  adaptersOf,
  awaitsIn,
  describeFilter,
  eventsOf,
  type Flow,
  type FlowGraph,
  graph,
  isImported,
} from "../../model/index.ts";

/** The flows and what leads from one to another: what each page of the catalogue is made of. */
export interface HubModel {
  readonly flows: readonly FlowModel[];
  readonly events: readonly EventModel[];
  readonly parties: readonly PartyModel[];
}
export interface FlowModel {
  readonly flow: Flow;
  readonly graph: FlowGraph;
}
export interface EventModel {
  readonly event: AnyEvent;
  /** The flow that publishes it. */
  readonly flow: string;
  readonly producers: readonly string[];
  readonly consumers: readonly Consumer[];
}
interface Consumer {
  readonly flow: string;
  readonly step: string;
  /** The step's filter; `""`: it gets each event. */
  readonly where: string;
}
export interface PartyModel {
  readonly adapter: AnyAdapter;
  readonly users: readonly User[];
}
interface User {
  readonly flow: string;
  /** Such as `step register`. */
  readonly what: string;
}

export function hubModel(flows: readonly Flow[]): HubModel {
  const models = flows.map((flow): FlowModel => ({ flow, graph: graph(flow) }));
  const parties = new Map(flows.flatMap(adaptersOf).map((adapter) => [adapter.name, adapter]));
  return {
    flows: models,
    events: models.flatMap(({ flow, graph: own }) =>
      eventsOf(flow)
        .filter(({ type }) => !isImported(flow, type))
        .map((event) => ({
          event,
          flow: flow.name,
          producers: producersOf(own, event.type),
          consumers: consumersOf(models, flow, event.type),
        })),
    ),
    parties: [...parties.values()].map((adapter) => ({
      adapter,
      users: models.flatMap((model) => usersOf(model, adapter.name)),
    })),
  };
}

/** @returns the event of this name that the flow publishes, or imports; `undefined` where no flow publishes it */
export const eventIn = ({ events }: HubModel, flow: Flow, type: string): EventModel | undefined =>
  events.find(({ event, flow: publisher }) => event.type === type && (publisher === flow.name || isImported(flow, type)));

export const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === "string" ? [names] : names);

/** Events that a step waits for. */
export const awaitedIn = (step: FlowGraph["steps"][number]): readonly string[] => awaitsIn(step).map(({ event }) => event);

const producersOf = ({ triggers, steps }: FlowGraph, type: string): readonly string[] => [
  ...triggers.flatMap(({ name, emits }) => (listOf(emits).includes(type) ? [`trigger ${name}`] : [])),
  ...steps.flatMap(({ name, emits }) => (emits.includes(type) ? [`step ${name}`] : [])),
];

const consumersOf = (models: readonly FlowModel[], publisher: Flow, type: string): readonly Consumer[] =>
  models.flatMap(({ flow, graph: own }) =>
    flow === publisher || isImported(flow, type)
      ? own.steps.flatMap((step) =>
          awaitsIn(step)
            .filter(({ event }) => event === type)
            .map(({ when }) => ({ flow: flow.name, step: step.name, where: when ? describeFilter(when) : "" })),
        )
      : [],
  );

const usersOf = ({ flow, graph: { triggers, steps } }: FlowModel, party: string): readonly User[] => [
  ...triggers.flatMap((trigger) =>
    "uses" in trigger && trigger.uses?.includes(party) ? [{ flow: flow.name, what: `trigger ${trigger.name}` }] : [],
  ),
  ...steps.flatMap(({ name, uses }) => (uses.includes(party) ? [{ flow: flow.name, what: `step ${name}` }] : [])),
];
