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
    const step = stepUnder(graph, fact);
    return step === fact.step ? fact : { ...fact, step };
  };
  return { events, deliveries: furthest(deliveries.map(named)), ends: ends.map(named) };
}

/** @returns the name that the fact's step has in the graph */
export const stepUnder = (graph: FlowGraph, { step, formerly: names = [] }: StepFact): string =>
  graph.steps.find(({ name, formerly = [] }) => [step, ...names].includes(name) || formerly.includes(step))?.name ?? step;

/** A step that was renamed between two attempts reported one delivery under both names. */
const furthest = (deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  [...Map.groupBy(deliveries, ({ step, delivery }) => `${step} ${delivery}`).values()].map((facts) =>
    facts.reduce((best, fact) => (rankOf(fact) > rankOf(best) ? fact : best)),
  );
