import type { Item } from "../../runtime/ports.ts";
import { traceIdOf } from "../../runtime/tracing/trace-ids.ts";
import type { DeadLetterRow, DeliveryView, EventRow, Payload, Relative, RequestView } from "../shared/api.ts";
import { graphsOf, personalFields } from "./declared.ts";
import { flowDrawing } from "./drawing.ts";
import type { Feed } from "./feed.ts";
import type { ShownHub } from "./hub-port.ts";
import { requestRowOf } from "./indexed.ts";
import { maskedEvent } from "./payload.ts";
import { type RequestFacts, requestFacts } from "./request-facts.ts";
import { countsOf, shown, statesOf, stepView } from "./request-path.ts";
import { stateTable } from "./state-table.ts";
import { tableWaits, waitsOf } from "./waits.ts";

export const RELATED = 20;
/** Statuses of requests that wait for nothing. */
export const ENDED: readonly string[] = ["completed", "failed", "cancelled", "compensated"];

/** @returns `undefined` for a request that the ledger does not know */
export async function requestView(hub: ShownHub, feed: Feed, requestId: string): Promise<RequestView | undefined> {
  const table = stateTable(hub);
  const facts = await requestFacts(table, requestId);
  if (!facts) {
    feed.requests.remove(requestId);
    return undefined;
  }
  const { rev: _, retrying: __, ...request } = requestRowOf(facts.summary);
  const graph = facts.graph ?? graphsOf(hub).find(({ flow }) => flow === request.flow);
  const steps = facts.steps.map(stepView);
  const deadLetters = feed.deadLetters.ofRequest(requestId);
  const events = eventsOf(facts, feed.events.ofRequest(requestId));
  const eventCounts = Object.keys(facts.eventCounts).length > 0 ? facts.eventCounts : countsOf(events);
  const isOver = ENDED.includes(request.status);
  return {
    request,
    traceId: traceIdOf(requestId),
    ...(facts.cancelled && { cancelled: facts.cancelled }),
    ...(facts.repeats !== undefined && { repeats: facts.repeats }),
    ...(facts.exportOf && { exportOf: facts.exportOf }),
    ranAgain: facts.ranAgain,
    ...(facts.parent && { parent: relativeOf(facts.parent) }),
    children: facts.children.map(relativeOf),
    drawing: graph ? flowDrawing(graph) : { width: 0, height: 0, nodes: [], edges: [] },
    states: graph ? statesOf(graph, steps, eventCounts, deadLetters) : {},
    steps,
    deliveries: deliveriesOf(facts, events, deadLetters),
    events,
    eventCounts,
    waits: graph && !isOver ? await waitsOf(tableWaits(table, hub.now()), { graph, steps, events, deadLetters }) : [],
    deadLetters,
    related: feed.requests.related(request.correlationId, requestId, RELATED),
  };
}

const relativeOf = (item: Item): Relative => {
  const { requestId, flow, status } = requestRowOf(item);
  return { requestId, flow, status };
};

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
    // The gateway's times have no fractions of a second, so that their texts do not sort.
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || a.place - b.place,
  );
}

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

/** @returns the event's payload as the archive has it; `undefined` where it has expired */
export function payloadAt(hub: ShownHub, place: number): Payload | undefined {
  const event = hub.eventAt(place);
  return event && maskedEvent(event, personalFields(hub));
}
