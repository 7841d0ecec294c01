import type { FlowGraph } from "../graph.ts";
import { type DeliveryFact, type Facts, rankOf } from "./facts.ts";

interface Told {
  readonly step: string;
  readonly formerly?: readonly string[];
}

/**
 * A request goes on under the graph it started with, and the step at work may have got its name later, or have it no longer.
 * @returns the facts, each under the name that its step has in the graph, and one for each delivery
 */
export function underGraph(graph: FlowGraph, { events, deliveries, ends = [] }: Facts): Facts {
  const named = <T extends Told>(fact: T): T => {
    const node = graph.steps.find(
      ({ name, formerly = [] }) => [fact.step, ...(fact.formerly ?? [])].includes(name) || formerly.includes(fact.step),
    );
    return node && node.name !== fact.step ? { ...fact, step: node.name } : fact;
  };
  return { events, deliveries: furthest(deliveries.map(named)), ends: ends.map(named) };
}

/** A step that was renamed between two attempts has told of one delivery under both names. */
const furthest = (deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  [...Map.groupBy(deliveries, ({ step, delivery }) => `${step} ${delivery}`).values()].map((told) =>
    told.reduce((best, one) => (rankOf(one) > rankOf(best) ? one : best)),
  );
