import type { FlowGraph } from "../../model/graph.ts";
import type { StepState } from "../../model/ledger/settle.ts";
import { triggerStep } from "../../protocol/first-event.ts";
import { maskedText } from "../../runtime/mask.ts";
import type { Counts, DeadLetterRow, EventRow, Failure, Health, NodeState, StepView } from "../shared/api.ts";

export const shown = ({ code, message }: Failure): Failure => ({ code, message: maskedText(message) });

export const stepView = ({
  step,
  status,
  count,
  progress,
  attempts,
  startedAt,
  finishedAt,
  error,
  compensation,
}: StepState): StepView => ({
  ...{ step, status, attempts, startedAt, finishedAt },
  ...(count !== undefined && { count }),
  ...(progress && { progress }),
  ...(error && { error: shown(error) }),
  ...(compensation && {
    compensation: {
      status: compensation.status,
      attempts: compensation.attempts,
      ...(compensation.error && { error: shown(compensation.error) }),
    },
  }),
});

export const countsOf = (events: readonly EventRow[]): Counts =>
  Object.fromEntries([...Map.groupBy(events, ({ name }) => name)].map(([name, all]) => [name, all.length]));

const HEALTH: Readonly<Record<string, Health>> = {
  succeeded: "good",
  failed: "bad",
  retrying: "wait",
  waiting: "wait",
  pending: "busy",
  skipped: "idle",
};
const SERIOUS: readonly Health[] = ["bad", "wait", "busy", "good", "idle"];

/** State by node: what of the flow this request has reached. */
export function statesOf(
  graph: FlowGraph,
  steps: readonly StepView[],
  eventCounts: Counts,
  deadLetters: readonly DeadLetterRow[],
): Readonly<Record<string, NodeState>> {
  const states: Record<string, NodeState> = {};
  for (const { name, count } of graph.events.map(({ name }) => ({ name, count: eventCounts[name] ?? 0 })))
    if (count > 0) states[`event:${name}`] = { health: "good", text: count === 1 ? "published" : `published ${count} times` };
  for (const trigger of graph.triggers) {
    const emits = typeof trigger.emits === "string" ? [trigger.emits] : trigger.emits;
    if (emits.some((event) => (eventCounts[event] ?? 0) > 0))
      states[triggerStep(trigger.name)] = { health: "good", text: "received" };
  }
  for (const { name, on, uses } of graph.steps) {
    const found = steps.filter(({ step }) => step === name);
    const worst = SERIOUS.map((health) => found.find(({ status }) => HEALTH[status] === health)).find((one) => one !== undefined);
    if (!worst) continue;
    const health = worst.compensation?.status === "failed" ? "bad" : (HEALTH[worst.status] ?? "idle");
    states[`step:${name}`] = { health, text: textOf(worst, on, eventCounts) };
    if (worst.startedAt === null) continue;
    const isDead = deadLetters.some(({ step, state }) => step === name && state === "open");
    for (const party of uses) states[`party:${party}`] ??= { health: isDead ? "bad" : health, text: "called" };
  }
  return states;
}

function textOf(state: StepView, on: FlowGraph["steps"][number]["on"], eventCounts: Counts): string {
  const { status, attempts, count, compensation, progress } = state;
  if (progress) return `${progress.came} of ${progress.of} events`;
  if (status === "waiting" && on.kind === "join") {
    const parts = Object.values(on.parts);
    return `${parts.filter((event) => (eventCounts[event] ?? 0) > 0).length} of ${parts.length} parts`;
  }
  const undone = compensation ? `, compensation ${compensation.status}` : "";
  const tries = attempts > 1 ? `, attempt ${attempts}` : "";
  return `${count !== undefined && count > 1 ? `${count} × ` : ""}${status}${tries}${undone}`;
}
