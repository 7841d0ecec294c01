import { awaitsIn, type FlowGraph } from "../../model/graph.ts";
import type { Catalogue, CataloguedEvent, EventPage } from "../shared/catalogue.ts";
import { decisionsIn } from "./decisions.ts";
import { graphsOf, partiesOf, schemasIn } from "./declared.ts";
import type { ShownHub } from "./hub-port.ts";

/** Events that are listed of one name, or of one edge. */
export const LATEST = 50;
const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === "string" ? [names] : names);

/** Who publishes and who consumes each event, from the declared graphs. */
export function catalogueOf(hub: Pick<ShownHub, "root" | "resources">): Catalogue {
  const graphs = graphsOf(hub);
  return {
    flows: graphs.map(({ flow, summary, owner }) => ({ flow, summary, owner })),
    events: graphs.flatMap((graph) =>
      graph.events.filter(({ imported }) => !imported).map(({ name, version }) => cataloguedEvent(graphs, graph, name, version)),
    ),
    parties: partiesOf(hub).map(({ name, baseUrl, operations }) => ({
      name,
      baseUrl,
      operations: operations.map(({ name, method, path }) => ({ name, route: `${method} ${path}` })),
    })),
    decisions: decisionsIn(hub.root, graphs),
  };
}

function cataloguedEvent(graphs: readonly FlowGraph[], graph: FlowGraph, name: string, version: number): CataloguedEvent {
  const { flow, owner, triggers, steps } = graph;
  return {
    ...{ name, version, flow, owner },
    producers: [
      ...triggers.flatMap((trigger) => (listOf(trigger.emits).includes(name) ? [`trigger ${trigger.name}`] : [])),
      ...steps.flatMap((step) => (step.emits.includes(name) ? [`step ${step.name}`] : [])),
    ],
    consumers: graphs
      .filter((one) => one.flow === flow || one.events.some((event) => event.imported && event.name === name))
      .flatMap((one) =>
        one.steps.flatMap(({ name: step, on }) =>
          awaitsIn({ on }).some(({ event }) => event === name) ? [{ flow: one.flow, step }] : [],
        ),
      ),
  };
}

/** @returns `undefined` for an event that no flow publishes */
export function eventPage(
  hub: Pick<ShownHub, "root" | "resources">,
  name: string,
  latest: (limit: number) => EventPage["latest"],
): EventPage | undefined {
  const { events, decisions } = catalogueOf(hub);
  const event = events.find((one) => one.name === name);
  return (
    event && {
      event,
      decisions: decisions.filter(({ about }) => about.includes(name)),
      schemas: schemasIn(hub)[name] ?? null,
      latest: latest(LATEST),
    }
  );
}
