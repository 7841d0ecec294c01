import type { FlowGraph, StepNode } from "./graph.ts";

/** What the ledger knows of one request: a set of facts, merged so that order and repetition don't matter. */
export interface Facts {
  readonly events: readonly EventFact[];
  readonly deliveries: readonly DeliveryFact[];
}
export interface EventFact {
  readonly eventId: string;
  readonly name: string;
  /** Step that published it, or `trigger:<name>`. */
  readonly step: string;
  readonly occurredAt: string;
}
/** The furthest that one delivery of one cause to one step has got. */
export interface DeliveryFact {
  readonly step: string;
  /** Former names of the step. */
  readonly formerly?: readonly string[];
  readonly delivery: string;
  readonly causes: readonly string[];
  /** `failed`: it lies in the dead letters. `discarded`: an operator gave it up. */
  readonly status: "retrying" | "failed" | "discarded" | "succeeded";
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly emitted: readonly { readonly name: string; readonly eventId: string }[];
  readonly error?: { readonly code: string; readonly message: string };
}

export type RequestStatus = "accepted" | "running" | "blocked" | "completed" | "failed";
export interface StepState {
  readonly step: string;
  /**
   * `waiting`: a join that lacks a part. `pending`: its cause has happened and nothing is known yet of the step.
   * `skipped`: a join whose missing part can't come any more.
   */
  readonly status: "waiting" | "pending" | "skipped" | DeliveryFact["status"];
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error?: { readonly code: string; readonly message: string };
}
export interface Settled {
  readonly status: RequestStatus;
  readonly steps: readonly StepState[];
}

/**
 * A number that grows as a delivery gets further: of two facts about the same delivery the higher one holds.
 * This is what makes the ledger indifferent to order and repetition.
 */
export const rankOf = ({ status, attempts }: Pick<DeliveryFact, "status" | "attempts">): number => {
  if (status === "succeeded") return Number.MAX_SAFE_INTEGER;
  if (status === "discarded") return Number.MAX_SAFE_INTEGER - 1;
  return attempts * 2 + (status === "failed" ? 1 : 0);
};

/**
 * The state of a request, from its flow's graph and what has been seen of it. Pure, and the same for the same set of facts.
 *
 * A request is `completed` when no event waits for a step and no step is under way or failed; `blocked` while a failed
 * delivery lies in the dead letters and nothing else moves; `failed` when a delivery was discarded and nothing else moves or is blocked.
 */
export function settle(graph: FlowGraph, facts: Facts): Settled {
  const seen = seenEvents(facts);
  const found = graph.steps.flatMap((step) => statesOf(step, seen, facts));
  const steps = giveUp(graph, found).map(({ missing, ...state }) => state);
  return { status: statusOf(steps, facts), steps };
}

/** A step's state, and the events it still lacks when it is a join that waits. */
type Found = StepState & { readonly missing: readonly string[] };

/** Events seen on the bus, and those that a step says it published; eventId -> name. */
function seenEvents(facts: Facts): ReadonlyMap<string, string> {
  return new Map([
    ...facts.events.map(({ eventId, name }) => [eventId, name] as const),
    ...facts.deliveries.flatMap(({ emitted }) => emitted.map(({ eventId, name }) => [eventId, name] as const)),
  ]);
}

function statesOf(step: StepNode, seen: ReadonlyMap<string, string>, facts: Facts): Found[] {
  const known = furthest(facts.deliveries.filter((delivery) => isOf(step, delivery)));
  const caused = new Set(known.flatMap(({ causes }) => causes));
  const awaited = step.on.kind === "event" ? [step.on.event] : Object.values(step.on.parts);
  const open = [...seen].filter(([eventId, name]) => awaited.includes(name) && !caused.has(eventId)).map(([, name]) => name);
  return [
    ...byStart(known).map((fact) => stateOf({ ...fact, step: step.name })),
    ...(step.on.kind === "event" ? open.map(() => untouched(step)) : openJoin(step, awaited, open)),
  ];
}

/** A request goes on under the graph it started with, and the step at work may have got its name later, or have it no longer. */
const isOf = ({ name, formerly = [] }: StepNode, fact: DeliveryFact) =>
  [fact.step, ...(fact.formerly ?? [])].includes(name) || formerly.includes(fact.step);

/** A step that was renamed between two attempts has told of one delivery under both names. */
const furthest = (deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  [...Map.groupBy(deliveries, ({ delivery }) => delivery).values()].map((told) =>
    told.reduce((best, one) => (rankOf(one) > rankOf(best) ? one : best)),
  );

// A late or repeated part is recorded under a delivery of its own, so parts without a delivery mean a join that has not fired.
function openJoin(step: StepNode, awaited: readonly string[], open: readonly string[]): Found[] {
  if (open.length === 0) return [];
  return [
    untouched(
      step,
      awaited.filter((name) => !open.includes(name)),
    ),
  ];
}

/**
 * A join that waits is given up when a part it lacks would have to come from a step of this very request, and none that could
 * publish it can still run. A join by key waits on: its parts may come from other requests.
 */
function giveUp(graph: FlowGraph, found: readonly Found[]): readonly Found[] {
  const imported = graph.events.filter((event) => event.imported).map(({ name }) => name);
  const moving = found.filter(({ status }) => status === "pending" || status === "retrying" || status === "failed");
  const possible = new Set([...imported, ...reachableEvents(graph, moving)]);
  const byKey = new Set(graph.steps.filter(({ on }) => on.kind === "join" && on.by !== null).map(({ name }) => name));
  const waiting = found.filter(({ status }) => status === "waiting");
  const alive = new Set<Found>();
  // One waiting join may publish what another one lacks, so look again until nothing changes.
  for (let before = -1; before < alive.size; ) {
    before = alive.size;
    for (const join of waiting) {
      if (!byKey.has(join.step) && !join.missing.every((event) => possible.has(event))) continue;
      alive.add(join);
      for (const event of reachableEvents(graph, [join])) possible.add(event);
    }
  }
  return found.map((state) => (state.status === "waiting" && !alive.has(state) ? { ...state, status: "skipped" } : state));
}

/** Events that could still be published if these steps ran, and all that they would set off. */
function reachableEvents(graph: FlowGraph, from: readonly StepState[]): ReadonlySet<string> {
  const events = new Set<string>();
  const queue = graph.steps.filter(({ name }) => from.some(({ step }) => step === name));
  for (const step of queue) {
    for (const event of step.emits) {
      if (events.has(event)) continue;
      events.add(event);
      queue.push(
        ...graph.steps.filter(({ on }) => (on.kind === "event" ? on.event === event : Object.values(on.parts).includes(event))),
      );
    }
  }
  return events;
}

function statusOf(steps: readonly StepState[], facts: Facts): RequestStatus {
  const has = (...statuses: StepState["status"][]) => steps.some(({ status }) => statuses.includes(status));
  if (has("pending", "retrying")) return facts.deliveries.length === 0 ? "accepted" : "running";
  if (has("failed")) return "blocked";
  if (has("discarded")) return "failed";
  return has("waiting") ? "running" : "completed";
}

const stateOf = ({ step, status, attempts, startedAt, finishedAt, error }: DeliveryFact): Found => ({
  step,
  status,
  attempts,
  startedAt,
  finishedAt: status === "retrying" ? null : finishedAt,
  ...(error && status !== "succeeded" && { error }),
  missing: [],
});
const untouched = (step: StepNode, missing: readonly string[] = []): Found => ({
  step: step.name,
  status: missing.length > 0 ? "waiting" : "pending",
  attempts: 0,
  startedAt: null,
  finishedAt: null,
  missing,
});
const byStart = (deliveries: readonly DeliveryFact[]) =>
  [...deliveries].sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.delivery.localeCompare(b.delivery));
