import type { FlowGraph, StepNode } from "../graph.ts";
import type { Facts } from "./facts.ts";
import { underGraph } from "./former-names.ts";
import type { StepState } from "./settle.ts";

/**
 * True while a step's report is missing although later steps have reported. Reports arrive in any order, and compensation in reverse
 * order must not begin before the history is complete.
 *
 * @param steps the result of settle() for the same graph and facts
 */
export function hasGap(graph: FlowGraph, facts: Facts, steps: readonly Pick<StepState, "step" | "status">[]): boolean {
  return gapBetween(
    graph,
    underGraph(graph, facts).deliveries.map(({ step }) => step),
    steps,
  );
}

/** As `hasGap`, with the names of the steps that have reported a delivery. */
export function gapBetween(
  graph: FlowGraph,
  reported: readonly string[],
  steps: readonly Pick<StepState, "step" | "status">[],
): boolean {
  const acted = new Set(reported);
  const unreported = steps.filter(({ status }) => status === "pending").map(({ step }) => step);
  return unreported.some((step) => [...downstreamOf(graph, step)].some((name) => acted.has(name)));
}

/** Names of the steps that a step may trigger, directly or indirectly. */
function downstreamOf(graph: FlowGraph, from: string): ReadonlySet<string> {
  const names = new Set<string>();
  const queue = graph.steps.filter(({ name }) => name === from);
  for (const { emits } of queue) {
    for (const step of graph.steps) {
      if (names.has(step.name) || !waitsFor(step, emits)) continue;
      names.add(step.name);
      queue.push(step);
    }
  }
  return names;
}

const waitsFor = ({ on }: StepNode, events: readonly string[]) =>
  events.some((event) => (on.kind === "event" ? on.event === event : Object.values(on.parts).includes(event)));
