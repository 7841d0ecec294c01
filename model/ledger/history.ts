import type { FlowGraph, StepNode } from "../graph.ts";
import type { Facts } from "./facts.ts";
import { underGraph } from "./former-names.ts";
import type { StepState } from "./settle.ts";

/**
 * True while a step has not told of itself although others have already acted upon what it set off: the ledger hears of steps in any
 * order, and must not begin to undo in reverse order before it knows the whole of it.
 *
 * @param steps as settle() gives them for the same graph and facts
 */
export function hasGap(graph: FlowGraph, told: Facts, steps: readonly Pick<StepState, "step" | "status">[]): boolean {
  const acted = new Set(underGraph(graph, told).deliveries.map(({ step }) => step));
  const silent = steps.filter(({ status }) => status === "pending").map(({ step }) => step);
  return silent.some((step) => [...downstreamOf(graph, step)].some((name) => acted.has(name)));
}

/** Names of the steps that a step may set off, near and far. */
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
