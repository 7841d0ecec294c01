import type { QueueDepth } from "../../protocol/status.ts";
import type { Counts, FlowPromise, Health, NodeState } from "../shared/api.ts";
import type { FlowPage, SourcePlace } from "../shared/catalogue.ts";
import { decisionsIn } from "./decisions.ts";
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
  /** Deliveries that retry, by step; `null` where it is not known which are. */
  readonly retrying: Counts | null;
  readonly source: SourcePlace | null;
}

/** @returns a flow with what waits and what failed in it; `undefined` for an unknown one */
export function flowPage(hub: Pick<ShownHub, "root" | "resources">, name: string, state: FlowState): FlowPage | undefined {
  const graphs = graphsOf(hub);
  const graph = graphs.find(({ flow }) => flow === name);
  if (!graph) return undefined;
  const states: Record<string, NodeState> = {};
  for (const { name: event } of graph.events) {
    const count = state.recent?.[event] ?? 0;
    if (count > 0) states[`event:${event}`] = { health: "good", text: `${count} in 5 minutes` };
  }
  for (const { name: step } of graph.steps)
    states[`step:${step}`] = stepState(
      state.depth(step),
      state.deadLettersOf(step),
      state.retrying && (state.retrying[step] ?? 0),
    );
  const { counts, openDeadLetters, promise, source } = state;
  const decisions = decisionsIn(hub.root, graphs).filter(({ about }) => about.includes(name));
  return { counts, openDeadLetters, promise, source, decisions, graph, drawing: flowDrawing(graph), states };
}

/** SQS counts what waits for its next attempt as in flight: the ledger knows how many of those there are. */
function stepState(depth: QueueDepth | null | undefined, dead: number, retrying: number | null): NodeState {
  const { visible = 0, inFlight: taken = 0, delayed = 0 } = depth ?? {};
  const inFlight = Math.max(0, taken - (retrying ?? 0));
  const texts = [
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(visible + delayed > 0 ? [`${visible + delayed} waiting`] : []),
    ...(retrying ? [`${retrying} retrying`] : []),
    ...(inFlight > 0 ? [`${inFlight} in flight${retrying === null ? " or retrying" : ""}`] : []),
  ];
  const health: Health = dead > 0 ? "bad" : visible + delayed + (retrying ?? 0) > 0 ? "wait" : inFlight > 0 ? "busy" : "idle";
  return { health, text: texts.join(", ") || (depth === null ? "queue unknown" : "idle") };
}
