import type { FlowOverview, Health, NodeState } from "../shared/api.ts";
import type { FlowPage } from "../shared/catalogue.ts";
import { graphsOf } from "./declared.ts";
import { flowDrawing } from "./drawing.ts";
import type { Feed } from "./feed.ts";
import type { ShownHub } from "./hub-port.ts";
import { stepParts } from "./parts.ts";

const RECENT_MS = 300_000;

/** @returns a flow with what waits and what failed in it now; `undefined` for an unknown one */
export function flowPage(hub: ShownHub, feed: Feed, name: string): FlowPage | undefined {
  const graph = graphsOf(hub).find(({ flow }) => flow === name);
  if (!graph) return undefined;
  const counts = feed.requests.byFlow().get(name) ?? {};
  const open = feed.deadLetters.openByStep();
  const recent = feed.events.byNameSince(new Date(hub.now() - RECENT_MS).toISOString());
  const states: Record<string, NodeState> = {};
  for (const { name: event } of graph.events) {
    const count = recent[event] ?? 0;
    if (count > 0) states[`event:${event}`] = { health: "good", text: `${count} in 5 minutes` };
  }
  for (const { name: step } of graph.steps) states[`step:${step}`] = stepState(hub, name, step, open[`${name}/${step}`] ?? 0);
  const openDeadLetters = Object.entries(open).reduce((sum, [place, n]) => (place.startsWith(`${name}/`) ? sum + n : sum), 0);
  const flow: FlowOverview = {
    flow: name,
    summary: graph.summary,
    owner: graph.owner,
    counts,
    openDeadLetters,
    perMinute: graph.events.reduce((sum, { name }) => sum + (recent[name] ?? 0), 0) / (RECENT_MS / 60_000),
    health: openDeadLetters > 0 ? "bad" : "good",
  };
  return { flow, graph, drawing: flowDrawing(graph), states, recent };
}

function stepState(hub: ShownHub, flow: string, step: string, dead: number): NodeState {
  const depth = stepParts(hub, flow, step)?.queue?.depth;
  const { visible = 0, inFlight = 0, delayed = 0 } = depth ?? {};
  const texts = [
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(visible + delayed > 0 ? [`${visible + delayed} waiting`] : []),
    ...(inFlight > 0 ? [`${inFlight} in flight`] : []),
  ];
  const health: Health = dead > 0 ? "bad" : visible + delayed > 0 ? "wait" : inFlight > 0 ? "busy" : "idle";
  return { health, text: texts.join(", ") || "idle" };
}
