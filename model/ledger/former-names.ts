import type { FlowGraph } from "../graph.ts";
import { type DeliveryFact, type Facts, rankOf } from "./facts.ts";

interface StepFact {
  readonly step: string;
  readonly formerly?: readonly string[];
}

/**
 * A request continues under the graph it started with, while its steps may have been renamed since.
 * @returns the facts under the step names of that graph, one for each delivery
 */
export function underGraph(graph: FlowGraph, { events, deliveries, ends = [] }: Facts): Facts {
  const named = <T extends StepFact>(fact: T): T => {
    const node = graph.steps.find(
      ({ name, formerly = [] }) => [fact.step, ...(fact.formerly ?? [])].includes(name) || formerly.includes(fact.step),
    );
    return node && node.name !== fact.step ? { ...fact, step: node.name } : fact;
  };
  return { events, deliveries: furthest(deliveries.map(named)), ends: ends.map(named) };
}

/** A step that was renamed between two attempts reported one delivery under both names. */
const furthest = (deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  [...Map.groupBy(deliveries, ({ step, delivery }) => `${step} ${delivery}`).values()].map((facts) =>
    facts.reduce((best, fact) => (rankOf(fact) > rankOf(best) ? fact : best)),
  );
