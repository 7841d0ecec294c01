import { type Sizes, sizeName } from "../counted.ts";
import type { FlowGraph } from "../graph.ts";
import { type DeliveryFact, type Facts, rankOf } from "./facts.ts";

interface StepFact {
  readonly step: string;
  readonly formerly?: readonly string[];
}

/**
 * A request continues under the graph it started with, while its steps and events may have been renamed since.
 * @returns the facts under the names of that graph, one for each delivery
 */
export function underGraph(graph: FlowGraph, { events, deliveries, ends = [], cancelled }: Facts): Facts {
  const named = <T extends StepFact>(fact: T): T => {
    const step = stepUnder(graph, fact);
    return step === fact.step ? fact : { ...fact, step };
  };
  const event = <T extends { readonly name: string }>(fact: T): T => ({ ...fact, name: eventUnder(graph, fact.name) });
  const sized = <T extends { readonly sizes?: Sizes }>(fact: T): T =>
    fact.sizes ? { ...fact, sizes: sizesUnder(graph, fact.sizes) } : fact;
  return {
    events: events.map(event).map(sized),
    deliveries: furthest(deliveries.map((fact) => ({ ...sized(named(fact)), emitted: fact.emitted.map(event) }))),
    ends: ends.map(named),
    ...(cancelled && { cancelled }),
  };
}

/** @returns the name that an event on the bus has in the graph */
export const eventUnder = (graph: FlowGraph, name: string): string =>
  graph.events.find((event) => event.name === name || event.formerly?.includes(name))?.name ?? name;

/** @returns the sizes under the names that their events have in the graph */
export const sizesUnder = (graph: FlowGraph, sizes: Sizes): Sizes =>
  Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => {
      const [event = "", ...field] = name.split(".");
      return [sizeName(eventUnder(graph, event), field.join(".")), size];
    }),
  );

/** @returns the name that the fact's step has in the graph */
export const stepUnder = (graph: FlowGraph, { step, formerly: names = [] }: StepFact): string =>
  graph.steps.find(({ name, formerly = [] }) => [step, ...names].includes(name) || formerly.includes(step))?.name ?? step;

/** A step that was renamed between two attempts reported one delivery under both names. */
const furthest = (deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  [...Map.groupBy(deliveries, ({ step, delivery }) => `${step} ${delivery}`).values()].map((facts) =>
    facts.reduce((best, fact) => (rankOf(fact) > rankOf(best) ? fact : best)),
  );
