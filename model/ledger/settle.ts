import { outlookOfCounted, type Progress, sizeName } from "../counted.ts";
import type { EmittedEvent } from "../envelope.ts";
import type { FlowGraph, JoinNode, StepNode } from "../graph.ts";
import type { DeliveryFact, Facts } from "./facts.ts";
import { underGraph } from "./former-names.ts";
import type { RequestStatus } from "./request-status.ts";
import { compensates, endsThatCount, isDoomed, isUndecided, undoable, undoingOf } from "./saga.ts";

export interface StepState {
  readonly step: string;
  /**
   * `waiting`: a join that lacks a part. `pending`: the event has happened, but the step has not reported yet.
   * `skipped`: a join whose missing part can no longer arrive, or a step that did not run because the request was cancelled.
   */
  readonly status: "waiting" | "pending" | "skipped" | DeliveryFact["status"];
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  /**
   * Number of deliveries in this status, where a request has so many that they are not listed one by one. `attempts` is then the
   * highest, `startedAt` the first, `finishedAt` the last, `error` one of them.
   */
  readonly count?: number;
  /** Of a waiting join that counts: how many of its events have come, and how many it waits for; absent while that is not known. */
  readonly progress?: Progress;
  /** Progress of the compensation; absent while none is known. */
  readonly compensation?: Pick<DeliveryFact, "status" | "attempts" | "finishedAt" | "error">;
}
export interface Settled {
  readonly status: RequestStatus;
  readonly steps: readonly StepState[];
  /** A report has come before that of its cause: what else the cause set off is not known yet. */
  readonly ahead: boolean;
}

/**
 * Computes the state of a request from its flow's graph and the known facts. Pure: the same set of facts gives the same state.
 *
 * A request is `completed` when no event waits for a step, no step is under way or failed, and the cause of each delivery is known;
 * `blocked` while a failed delivery is a dead letter and no other step is under way; `failed` when such a delivery is given up, or a join
 * timed out.
 *
 * Where the flow declares compensations, a delivery that failed with a TerminalError, was given up or timed out makes the request
 * `compensating` until no step is under way and every completed step is compensated. Then it is `compensated` (`failed` when there was
 * nothing to compensate), or `compensation-failed` while a compensation is a dead letter.
 *
 * A cancelled request takes the same course in any flow, and is `cancelled` when there was nothing to compensate. It is `blocked` while
 * a dead letter of it may have taken effect: that has to be decided on before.
 */
export function settle(graph: FlowGraph, reported: Facts): Settled {
  const facts = underGraph(graph, reported);
  const seen = seenEvents(facts);
  const doomed = isDoomed(graph, facts);
  const ends = endsThatCount(graph, facts);
  const ended = new Set(ends.map(keyOf));
  // A redrive requested before the ledger knew of the failure: the delivery's record prevents another attempt.
  const final = new Set(doomed ? ends.filter(({ why }) => why === "terminal").map(keyOf) : []);
  const undecided = new Set(facts.cancelled ? undecidedOf(facts).map(keyOf) : []);
  const found = graph.steps
    .flatMap((step) => statesOf(step, seen, facts))
    .map((state): Found => (state.status === "retrying" && final.has(keyOf(state)) ? { ...state, status: "failed" } : state))
    .map(
      (state): Found => ({
        ...state,
        over: state.status === "failed" && (doomed ? !undecided.has(keyOf(state)) : ended.has(keyOf(state))),
      }),
    );
  const imported = importedBy(graph);
  const ahead = graph.steps.some((step) => isAhead(step, imported, seen, facts));
  const left = ahead ? found : giveUp(graph, found, doomed);
  const steps = left.map(({ missing, tolerated, over, delivery, ...state }) => state);
  const busy = left.some(({ status }) => status === "pending" || status === "retrying");
  const status = doomed ? statusOfDoomed(left, busy || ahead, graph, facts) : statusOf(left, busy, ahead, facts);
  return { status, steps, ahead };
}

/** A step's state with intermediate results. */
type Found = StepState & {
  /** `""` when no delivery is known. */
  readonly delivery: string;
  /** Missing events of a waiting join. */
  readonly missing: readonly string[];
  /** The join's step runs at the deadline without them. */
  readonly tolerated?: boolean;
  /** It has failed and can't be retried. */
  readonly over: boolean;
};
const keyOf = ({ step, delivery }: { readonly step: string; readonly delivery: string }) => `${step} ${delivery}`;

const undecidedOf = ({ deliveries, ends = [] }: Facts): readonly DeliveryFact[] => {
  const ended = new Map(ends.map((end) => [keyOf(end), end]));
  return deliveries.filter((fact) => fact.compensates === undefined && isUndecided(fact, ended.get(keyOf(fact))));
};

/** Events seen on the bus and those that steps reported, by id. */
function seenEvents(facts: Facts): ReadonlyMap<string, EmittedEvent> {
  const all: readonly EmittedEvent[] = [...facts.events, ...facts.deliveries.flatMap(({ emitted }) => emitted)];
  return new Map(all.map((event) => [event.eventId, event]));
}

/** False where the step's filter leaves the event out: no delivery comes of it. */
const reaches = ({ leftOut = [] }: EmittedEvent, { name, formerly = [] }: StepNode): boolean =>
  ![name, ...formerly].some((known) => leftOut.includes(known));

/** Names of the events that other flows publish. */
const importedBy = ({ events }: FlowGraph): ReadonlySet<string> =>
  new Set(events.filter(({ imported }) => imported).map(({ name }) => name));

/** @param imported names of the events that other requests bring: nothing of them is missing here */
function isAhead(
  { name, on }: StepNode,
  imported: ReadonlySet<string>,
  seen: ReadonlyMap<string, EmittedEvent>,
  facts: Facts,
): boolean {
  if (on.kind === "event" && imported.has(on.event)) return false;
  return facts.deliveries
    .filter(({ step, compensates }) => step === name && compensates === undefined)
    .some(({ causes, parts }) => {
      // Other requests may have caused parts of a join by key; `parts` counts those of this one.
      const own =
        on.kind === "event" || (on.by === null && !parts)
          ? causes.length
          : Object.entries(parts ?? {}).reduce((sum, [event, count]) => sum + (imported.has(event) ? 0 : count), 0);
      return causes.filter((eventId) => seen.has(eventId)).length < own;
    });
}

function statesOf(step: StepNode, seen: ReadonlyMap<string, EmittedEvent>, facts: Facts): Found[] {
  const known = facts.deliveries.filter(({ step: name, compensates }) => name === step.name && compensates === undefined);
  const caused = new Set(known.flatMap(({ causes }) => causes));
  const awaited = step.on.kind === "event" ? [step.on.event] : Object.values(step.on.parts);
  const open = [...seen.values()]
    .filter((event) => awaited.includes(event.name) && !caused.has(event.eventId) && reaches(event, step))
    .map(({ name }) => name);
  return [
    ...byStart(known).map((fact) => stateOf(fact, undoingOf(facts, fact))),
    ...(step.on.kind === "event" ? open.map(() => untouched(step)) : openJoin(step, step.on, open, facts)),
  ];
}

// A late or repeated part is recorded under a delivery of its own, so parts without a delivery mean a join that has not fired.
function openJoin(step: StepNode, on: JoinNode, open: readonly string[], facts: Facts): Found[] {
  if (open.length === 0) return [];
  if (!on.counted)
    return [
      untouched(
        step,
        Object.values(on.parts).filter((name) => !open.includes(name)),
      ),
    ];
  const countOf = (event: string) => open.filter((name) => name === event).length;
  const { missing, ...more } = outlookOfCounted(on, on.counted.tolerate, countOf, sizeIn(facts, on, on.counted.field));
  return [{ ...untouched(step, missing), ...(missing.length > 0 && more) }];
}

function sizeIn({ events, deliveries }: Facts, { parts: { of = "" } }: JoinNode, field: string): number | undefined {
  const known = [...events, ...deliveries].flatMap(({ sizes }) => sizes?.[sizeName(of, field)] ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, size) => sum + size, 0);
}

function giveUp(graph: FlowGraph, found: readonly Found[], doomed: boolean): readonly Found[] {
  const moving = found.filter(
    ({ status, over }) => status === "pending" || status === "retrying" || (status === "failed" && !over),
  );
  const waiting = found.filter(({ status }) => status === "waiting");
  const alive = aliveJoins(
    graph,
    moving.map(({ step }) => step),
    waiting,
    doomed,
  );
  return found.map(({ progress, ...state }) => {
    if (state.status !== "waiting") return state;
    return alive.has(state.step) ? { ...state, ...(progress && { progress }) } : { ...state, status: "skipped" };
  });
}

/** A join that waits, with the events that it lacks. */
export interface Waiting {
  readonly step: string;
  readonly missing: readonly string[];
  readonly tolerated?: boolean;
}

/**
 * A join that waits is given up when a part it lacks would have to come from a step of this very request, and none that could
 * publish it can still run. A join by key waits on, as its parts may come from other requests, and so does one whose step runs at the deadline
 * without them; but not for a request that is doomed.
 * @param moving steps that run or can still run
 * @param waiting joins that wait, one for each step, with the events that they lack
 * @returns the steps whose joins can still become complete
 */
export function aliveJoins(
  graph: FlowGraph,
  moving: readonly string[],
  waiting: readonly Waiting[],
  doomed: boolean,
): ReadonlySet<string> {
  const possible = new Set([...importedBy(graph), ...reachableEvents(graph, moving)]);
  const byKey = new Set(graph.steps.filter(({ on }) => on.kind === "join" && on.by !== null).map(({ name }) => name));
  const alive = new Set<string>();
  // One waiting join may publish what another one lacks, so look again until nothing changes.
  for (let before = -1; before < alive.size; ) {
    before = alive.size;
    for (const { step, missing, tolerated } of waiting) {
      const lasts = !doomed && (byKey.has(step) || tolerated);
      if (!lasts && !missing.every((event) => possible.has(event))) continue;
      alive.add(step);
      for (const event of reachableEvents(graph, [step])) possible.add(event);
    }
  }
  return alive;
}

/** Events that could still be published if these steps ran, and all that they would set off. */
function reachableEvents(graph: FlowGraph, from: readonly string[]): ReadonlySet<string> {
  const events = new Set<string>();
  const queue = graph.steps.filter(({ name }) => from.includes(name));
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

function statusOf(steps: readonly Found[], busy: boolean, ahead: boolean, facts: Facts): RequestStatus {
  const has = (...statuses: StepState["status"][]) => steps.some(({ status }) => statuses.includes(status));
  if (busy) return facts.deliveries.length === 0 ? "accepted" : "running";
  if (steps.some(({ status, over }) => status === "failed" && !over)) return "blocked";
  if (ahead || has("waiting")) return "running";
  return has("failed") ? "failed" : "completed";
}

function statusOfDoomed(steps: readonly Found[], busy: boolean, graph: FlowGraph, facts: Facts): RequestStatus {
  if (busy) return busyStatus(graph, facts);
  if (steps.some(({ status, over }) => status === "failed" && !over)) return "blocked";
  const undoing = undoable(graph, facts).map((one) => undoingOf(facts, one)?.status);
  if (undoing.length === 0) return facts.cancelled ? "cancelled" : "failed";
  if (undoing.includes("failed")) return "compensation-failed";
  return undoing.every((status) => status === "succeeded") ? "compensated" : "compensating";
}

/** While steps end that had begun. Without compensations nothing is undone meanwhile. */
const busyStatus = (graph: FlowGraph, { deliveries }: Facts): RequestStatus =>
  compensates(graph) ? "compensating" : deliveries.length === 0 ? "accepted" : "running";

const stateOf = (
  { step, delivery, status, attempts, startedAt, finishedAt, error, skipped }: DeliveryFact,
  undoing: DeliveryFact | undefined,
): Found => ({
  step,
  delivery,
  status: skipped ? "skipped" : status,
  attempts,
  startedAt,
  finishedAt: status === "retrying" ? null : finishedAt,
  ...(error && status !== "succeeded" && { error }),
  ...(undoing && {
    compensation: {
      status: undoing.status,
      attempts: undoing.attempts,
      finishedAt: undoing.finishedAt,
      ...(undoing.error && { error: undoing.error }),
    },
  }),
  missing: [],
  over: false,
});
const untouched = (step: StepNode, missing: readonly string[] = []): Found => ({
  step: step.name,
  status: missing.length > 0 ? "waiting" : "pending",
  attempts: 0,
  startedAt: null,
  finishedAt: null,
  delivery: "",
  missing,
  over: false,
});
const byStart = (deliveries: readonly DeliveryFact[]) =>
  [...deliveries].sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.delivery.localeCompare(b.delivery));
