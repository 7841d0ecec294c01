import { isImported } from "../../model/index.ts";
import { awaitedIn, type HubModel } from "./hub-model.ts";

/** What may be an oversight, and may be meant: it stops nothing. Each as *where: fact. remedy.* */
export const adviceOn = (hub: HubModel): readonly string[] => [
  ...hub.flows.flatMap(({ flow }) =>
    flow.owner.trim() === "" ? [`flow ${flow.name}: it has no owner. Name the team that answers for it.`] : [],
  ),
  ...hub.flows.flatMap(({ flow, graph }) =>
    flow.imports
      .filter(({ type }) => isImported(flow, type) && !graph.steps.some((step) => awaitedIn(step).includes(type)))
      .map(({ type }) => `flow ${flow.name}: it imports ${type}, and no step waits for it. Remove it from \`imports\`.`),
  ),
  ...hub.events.flatMap(({ event, flow, consumers }) =>
    consumers.length === 0
      ? [`flow ${flow}, event ${event.type}: no step reads it. Leave it where it ends the flow; else remove it.`]
      : [],
  ),
  ...cyclesOf(hub).map(
    (flows) =>
      `flows ${flows.join(", ")}: their events lead in a circle. Make sure that a step ends it: a chain of more than 50 events fails (HOP_LIMIT).`,
  ),
];

/** Sets of flows that each reach all of the others by events. A flow alone is checked when it is loaded (CYCLE). */
function cyclesOf({ flows, events }: HubModel): readonly (readonly string[])[] {
  const names = flows.map(({ flow }) => flow.name);
  const next = (flow: string) =>
    events
      .filter((one) => one.flow === flow)
      .flatMap(({ consumers }) => consumers.map((consumer) => consumer.flow))
      .filter((other) => other !== flow);
  const reached = new Map(
    names.map((name) => {
      const seen = new Set<string>();
      const queue = next(name);
      for (const one of queue) {
        if (seen.has(one)) continue;
        seen.add(one);
        queue.push(...next(one));
      }
      return [name, seen] as const;
    }),
  );
  const found = names.filter((name) => reached.get(name)?.has(name));
  const groups = found.map((name) =>
    found.filter((other) => reached.get(name)?.has(other) && reached.get(other)?.has(name)).sort(),
  );
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}
