import type { QueueDepth } from "../../protocol/status.ts";
import type { Counts, FlowPromise, Health, NodeState } from "../shared/api.ts";
import type { FlowPage } from "../shared/catalogue.ts";
import { graphsOf } from "./declared.ts";
import { flowDrawing } from "./drawing.ts";
import type { ShownHub } from "./hub-port.ts";

/** What is in a flow now. */
export interface FlowState {
  /** Its requests by status; `null` where they are not counted. */
  readonly counts: Counts | null;
  /** Its latest events by name; `null` where they are not counted. */
  readonly recent: Counts | null;
  readonly openDeadLetters: number;
  readonly promise: FlowPromise | null;
  readonly deadLettersOf: (step: string) => number;
  readonly depth: (step: string) => QueueDepth | null | undefined;
}

/** @returns a flow with what waits and what failed in it; `undefined` for an unknown one */
export function flowPage(hub: Pick<ShownHub, "resources">, name: string, state: FlowState): FlowPage | undefined {
  const graph = graphsOf(hub).find(({ flow }) => flow === name);
  if (!graph) return undefined;
  const states: Record<string, NodeState> = {};
  for (const { name: event } of graph.events) {
    const count = state.recent?.[event] ?? 0;
    if (count > 0) states[`event:${event}`] = { health: "good", text: `${count} in 5 minutes` };
  }
  for (const { name: step } of graph.steps) states[`step:${step}`] = stepState(state.depth(step), state.deadLettersOf(step));
  const { counts, openDeadLetters, promise } = state;
  return { counts, openDeadLetters, promise, graph, drawing: flowDrawing(graph), states };
}

function stepState(depth: QueueDepth | null | undefined, dead: number): NodeState {
  const { visible = 0, inFlight = 0, delayed = 0 } = depth ?? {};
  const texts = [
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(visible + delayed > 0 ? [`${visible + delayed} waiting`] : []),
    ...(inFlight > 0 ? [`${inFlight} in flight`] : []),
  ];
  const health: Health = dead > 0 ? "bad" : visible + delayed > 0 ? "wait" : inFlight > 0 ? "busy" : "idle";
  return { health, text: texts.join(", ") || (depth === null ? "queue unknown" : "idle") };
}
