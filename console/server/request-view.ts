import type { FlowGraph } from "../../model/graph.ts";
import { maskedText } from "../../runtime/mask.ts";
import type {
  Counts,
  DeadLetterRow,
  DeliveryView,
  EventRow,
  Failure,
  Health,
  NodeState,
  Payload,
  RequestView,
  StepView,
} from "../shared/api.ts";
import { graphsOf, personalFields } from "./declared.ts";
import { flowDrawing } from "./drawing.ts";
import type { Feed } from "./feed.ts";
import type { ShownHub } from "./hub-port.ts";
import { requestRowOf } from "./indexed.ts";
import { maskedEvent } from "./payload.ts";
import { type RequestFacts, requestFacts } from "./request-facts.ts";
import { stateTable } from "./state-table.ts";
import { waitsOf } from "./waits.ts";

const RELATED = 20;

/** @returns `undefined` for a request that the ledger does not know */
export async function requestView(hub: ShownHub, feed: Feed, requestId: string): Promise<RequestView | undefined> {
  const table = stateTable(hub);
  const facts = await requestFacts(table, requestId);
  if (!facts) {
    feed.requests.remove(requestId);
    return undefined;
  }
  const { rev: _, ...request } = requestRowOf(facts.summary);
  const graph = facts.graph ?? graphsOf(hub).find(({ flow }) => flow === request.flow);
  const steps = facts.steps.map(stepView);
  const deadLetters = feed.deadLetters.ofRequest(requestId);
  const events = eventsOf(facts, feed.events.ofRequest(requestId));
  const eventCounts = Object.keys(facts.eventCounts).length > 0 ? facts.eventCounts : countsOf(events);
  const isOver = ["completed", "failed", "cancelled", "compensated"].includes(request.status);
  return {
    request,
    ...(facts.cancelled && { cancelled: facts.cancelled }),
    ...(facts.repeats !== undefined && { repeats: facts.repeats }),
    ranAgain: facts.ranAgain,
    drawing: graph ? flowDrawing(graph) : { width: 0, height: 0, nodes: [], edges: [] },
    states: graph ? statesOf(graph, steps, eventCounts, deadLetters) : {},
    steps,
    deliveries: deliveriesOf(facts, events, deadLetters),
    events,
    eventCounts,
    waits: graph && !isOver ? await waitsOf({ table, now: hub.now(), graph, steps, events, deadLetters }) : [],
    deadLetters,
    related: feed.requests.related(request.correlationId, requestId, RELATED),
  };
}

const shown = ({ code, message }: Failure): Failure => ({ code, message: maskedText(message) });

const stepView = ({
  step,
  status,
  count,
  attempts,
  startedAt,
  finishedAt,
  error,
  compensation,
}: RequestFacts["steps"][number]): StepView => ({
  ...{ step, status, attempts, startedAt, finishedAt },
  ...(count !== undefined && { count }),
  ...(error && { error: shown(error) }),
  ...(compensation && {
    compensation: {
      status: compensation.status,
      attempts: compensation.attempts,
      ...(compensation.error && { error: shown(compensation.error) }),
    },
  }),
});

/** The index has an event after a moment; the ledger's facts name it before that, without its place in the archive. */
function eventsOf({ events, deliveries }: RequestFacts, indexed: readonly EventRow[]): readonly EventRow[] {
  const known = new Set(indexed.map(({ eventId }) => eventId));
  const reported = [
    ...events.map(({ eventId, name, step, occurredAt }) => ({ eventId, name, step, causationId: "", at: occurredAt })),
    ...deliveries.flatMap(({ step, emitted, causes, finishedAt }) =>
      emitted.map(({ eventId, name }) => ({ eventId, name, step, causationId: causes[0] ?? "", at: finishedAt })),
    ),
  ];
  return [...indexed, ...reported.filter(({ eventId }) => !known.has(eventId)).map((event) => ({ ...event, place: 0 }))].sort(
    (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.place - b.place),
  );
}

const countsOf = (events: readonly EventRow[]): Counts =>
  Object.fromEntries([...Map.groupBy(events, ({ name }) => name)].map(([name, all]) => [name, all.length]));

function deliveriesOf(
  { deliveries }: RequestFacts,
  events: readonly EventRow[],
  deadLetters: readonly DeadLetterRow[],
): readonly DeliveryView[] {
  const publishedAt = new Map(events.map(({ eventId, at }) => [eventId, at]));
  return deliveries
    .map((fact): DeliveryView => {
      const { step, delivery, status, attempts, causes, startedAt, finishedAt, error, compensates, emitted } = fact;
      const caused = causes.flatMap((cause) => publishedAt.get(cause) ?? []).sort();
      const dead = deadLetters.findLast((one) => one.step === step && status === "failed");
      return {
        ...{ step, delivery, status, attempts, startedAt, finishedAt },
        causedAt: caused.at(-1) ?? "",
        emitted: emitted.map(({ name }) => name),
        ...(error && { error: shown(error) }),
        ...(compensates !== undefined && { compensates }),
        ...(dead && { deadLetter: dead.id }),
      };
    })
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

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
function statesOf(
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
      states[`trigger:${trigger.name}`] = { health: "good", text: "received" };
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
  const { status, attempts, count, compensation } = state;
  if (status === "waiting" && on.kind === "join") {
    const parts = Object.values(on.parts);
    return `${parts.filter((event) => (eventCounts[event] ?? 0) > 0).length} of ${parts.length} parts`;
  }
  const undone = compensation ? `, compensation ${compensation.status}` : "";
  const tries = attempts > 1 ? `, attempt ${attempts}` : "";
  return `${count !== undefined && count > 1 ? `${count} × ` : ""}${status}${tries}${undone}`;
}

/** @returns the event's payload as the archive has it; `undefined` where it has expired */
export function payloadAt(hub: ShownHub, place: number): Payload | undefined {
  const event = hub.eventAt(place);
  return event && maskedEvent(event, personalFields(hub));
}
