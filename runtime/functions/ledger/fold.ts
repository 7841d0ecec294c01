import { countedFieldsIn, sizesOf } from "../../../model/counted.ts";
import { filtersOfGraph, leftOutBy } from "../../../model/filter/left-out.ts";
import type { FlowGraph } from "../../../model/graph.ts";
import { gapBetween, hasGap } from "../../../model/ledger/history.ts";
import { hasEnded, type RequestStatus } from "../../../model/ledger/request-status.ts";
import { nextToUndo } from "../../../model/ledger/saga.ts";
import { type StepState, settle } from "../../../model/ledger/settle.ts";
import { EMPTY, replaced, settleTally, type Tally, type Work } from "../../../model/ledger/tally.ts";
import { type Fact, isWorkFact, repeatedBy, type WorkFact } from "./fact.ts";
import { firstCancellation, type KeptFacts, merged, NO_FACTS } from "./merge.ts";
import { verdictOf } from "./objective.ts";
import { type Asked, type Body, cancellationIn, type RequestState, spanOf } from "./state.ts";
import { placeOf, placeOfFact, withFact } from "./works.ts";

/** Facts beyond this are kept as items of their own, so that a write of the summary costs at most some 10 KB. */
const KEPT_BYTES = 8_192;

/** Where a compensation may be due. */
type Due = "no" | "known" | "look";

/**
 * Adds facts to a request. Pure; the order of the facts does not matter, except that an ended request is not cancelled any more.
 * @param before `undefined` for a new request
 * @param came the facts
 * @param works what the items of the facts hold, by place; only where the facts are kept so
 * @param nameOf names events of the request, for reports of earlier versions that do not name the parts of a join
 * @returns `state` is `undefined` when nothing has changed. `due`: `known` when `asked` holds the next compensation, `look` when it is to be
 *   found among the items
 */
export function fold(
  before: RequestState | undefined,
  came: readonly Fact[],
  graph: FlowGraph,
  works: ReadonlyMap<string, Work>,
  nameOf?: (eventId: string) => string | undefined,
): { readonly state: RequestState | undefined; readonly due: Due } {
  const tooLate = before && hasEnded(before.status) && !cancellationIn(before);
  const found = (tooLate ? came.filter(isWorkFact) : came).map((fact) => filtered(graph, fact));
  if (before && "tally" in before.body)
    return foldTally({ ...before, body: before.body }, added(graph, works, found, nameOf), works, found, graph);
  const known = before && "facts" in before.body ? before.body.facts : NO_FACTS;
  const facts = merged(known, found);
  const changed = !before || JSON.stringify(facts) !== JSON.stringify(known);
  if (JSON.stringify(facts).length > KEPT_BYTES || facts.deliveries.some(({ emittedCounts }) => emittedCounts)) {
    const spread = spreadOut(before, facts, found, graph);
    return foldTally(spread, new Map(), new Map(), [], graph, true);
  }
  const { status, steps, ahead } = settle(graph, facts);
  const undo =
    ahead || hasGap(graph, facts, steps) || (facts.cancelled && isOpen(status, steps))
      ? undefined
      : nextToUndo(graph, facts, before?.asked);
  const asked = undo && askFor(before?.asked, undo);
  const state = next(before, found, graph, { status, body: { facts }, asked: asked ?? before?.asked });
  const due = asked && !asked.published ? "known" : "no";
  return { state: changed || asked !== before?.asked ? state : undefined, due };
}

/** A trigger does not know the steps, so the ledger decides what its event means for them. A step reports that with its events. */
function filtered(graph: FlowGraph, found: Fact): Fact {
  if (found.kind !== "event" || !found.published) return found;
  const { published, ...rest } = found;
  const leftOut = leftOutBy(filtersOfGraph(graph), published);
  const sizes = sizesOf(countedFieldsIn(graph), [published]);
  return { ...rest, fact: { ...found.fact, ...(leftOut.length > 0 && { leftOut }), ...(sizes && { sizes }) } };
}

/**
 * Whether steps that had begun have yet to end. Compensations of a cancelled request wait for them, so that the last step is compensated first:
 * unlike a failure, a cancellation comes while steps run that build on those before them.
 */
const isOpen = (status: RequestStatus, steps: readonly Pick<StepState, "status">[]): boolean =>
  status === "blocked" || steps.some((step) => step.status === "pending" || step.status === "retrying");

/** The same compensation, as far as it was triggered, or a new one. */
const askFor = (known: Asked | undefined, undo: { readonly step: string; readonly delivery: string }): Asked =>
  known?.step === undo.step && known.delivery === undo.delivery ? known : { ...undo, published: false };

const worksAmong = (found: readonly Fact[]): readonly WorkFact[] => found.filter(isWorkFact);

interface Spread extends RequestState {
  readonly body: Extract<Body, { readonly tally: Tally }>;
}

/** From facts in the summary to sums, with all facts waiting to be written as items. */
function spreadOut(before: RequestState | undefined, facts: KeptFacts, found: readonly Fact[], graph: FlowGraph): Spread {
  const { request, createdAt, lastAt } = spanOf(before, found);
  const names = new Map([
    ...facts.events.map(({ eventId, name }) => [eventId, name] as const),
    ...facts.deliveries.flatMap(({ emitted }) => emitted.map(({ eventId, name }) => [eventId, name] as const)),
  ]);
  const all: readonly WorkFact[] = [
    ...facts.events.map((fact) => ({ kind: "event", request, fact }) as const),
    ...facts.deliveries.map((fact) => ({ kind: "delivery", request, fact }) as const),
    ...facts.ends.map((fact) => ({ kind: "end", request, fact }) as const),
  ];
  const works = added(graph, new Map(), all, (eventId) => names.get(eventId));
  const empty: Tally = { ...EMPTY, ...(facts.cancelled && { cancelled: facts.cancelled }) };
  const tally = [...works.values()].reduce((sum, work) => replaced(graph, sum, undefined, work), empty);
  const asked = before?.asked && withDone(before.asked, [...works.values()]);
  return {
    request,
    createdAt,
    lastAt,
    status: before?.status ?? "accepted",
    updatedAt: before?.updatedAt ?? "",
    asked,
    ...keptOf(before, found),
    ...(before?.verdict && { verdict: before.verdict }),
    rev: before?.rev ?? 0,
    body: { tally, pending: [...works.values()] },
  };
}

function added(
  graph: FlowGraph,
  known: ReadonlyMap<string, Work>,
  found: readonly Fact[],
  nameOf?: (eventId: string) => string | undefined,
): ReadonlyMap<string, Work> {
  const works = new Map(known);
  for (const fact of worksAmong(found)) {
    const place = placeOf(placeOfFact(graph, fact));
    works.set(place, withFact(graph, works.get(place), fact, nameOf));
  }
  return works;
}

const withDone = (asked: Asked, works: readonly Work[]): Asked =>
  works.some(({ step, delivery, undo }) => step === asked.step && delivery === asked.delivery && undo?.status === "succeeded")
    ? { ...asked, done: true }
    : asked;

function foldTally(
  before: Spread,
  after: ReadonlyMap<string, Work>,
  works: ReadonlyMap<string, Work>,
  found: readonly Fact[],
  graph: FlowGraph,
  isNew = false,
): { readonly state: RequestState | undefined; readonly due: Due } {
  const changed = [...after].filter(([place, work]) => work !== works.get(place));
  const cancelled =
    before.body.tally.cancelled ?? firstCancellation(found.flatMap((one) => (one.kind === "cancel" ? [one.fact] : [])));
  const begun: Tally = { ...before.body.tally, ...(cancelled && { cancelled }) };
  const tally = changed.reduce((sum, [place, work]) => replaced(graph, sum, works.get(place), work), begun);
  const asked = before.asked && withDone(before.asked, [...after.values()]);
  const { status, steps, ahead } = settleTally(graph, tally);
  const reported = Object.entries(tally.steps).flatMap(([step, counts]) =>
    counts.succeeded + counts.retrying + counts.failed + counts.over > 0 ? [step] : [],
  );
  const early = tally.cancelled ? isOpen(status, steps) : tally.ends === 0;
  const blind = early || ahead || gapBetween(graph, reported, steps) || before.body.former === true;
  const due = blind || (asked && !asked.done && asked.published) ? "no" : asked && !asked.done ? "known" : "look";
  const same = changed.length === 0 && cancelled === before.body.tally.cancelled && asked?.done === before.asked?.done;
  if (!isNew && same) return { state: undefined, due };
  // Nothing is pending any more of what was: it is written before the summary.
  const pending = isNew ? before.body.pending : changed.map(([, work]) => work);
  const { former } = before.body;
  const body: Body = { tally, pending, ...(former && { former }) };
  // Until the facts of an earlier version are all there, the sums show a part of the request only.
  return { state: next(before, found, graph, { status: former ? before.status : status, body, asked }), due };
}

/** The next version of the summary. */
function next(
  before: RequestState | undefined,
  found: readonly Fact[],
  { slo }: FlowGraph,
  { status, body, asked }: Pick<RequestState, "status" | "body" | "asked">,
): RequestState {
  const { request, createdAt, lastAt } = spanOf(before, found);
  const current = before && before.status === status && !hasEnded(status) && before.updatedAt !== "";
  const updatedAt = current ? before.updatedAt : lastAt;
  const isCancelled = cancellationIn({ body }) !== undefined;
  const verdict = verdictOf(before?.verdict, slo, { status, createdAt, lastAt, isCancelled });
  const kept = { ...keptOf(before, found), ...(verdict && { verdict }) };
  return { request, createdAt, lastAt, status, updatedAt, body, asked, ...kept, rev: (before?.rev ?? 0) + 1 };
}

/** What facts do not change. The first event of a request says what it repeats. */
function keptOf(
  before: RequestState | undefined,
  found: readonly Fact[],
): Pick<RequestState, "keys" | "repeats" | "exportOf" | "ranAgain"> {
  const repeats = before?.repeats ?? repeatedBy(found)[0];
  const exportOf = before?.exportOf ?? found.flatMap((one) => (one.kind === "event" ? (one.exportOf ?? []) : []))[0];
  return {
    ...(before?.keys && { keys: before.keys }),
    ...(repeats !== undefined && { repeats }),
    ...(exportOf && { exportOf }),
    ...(before?.ranAgain && { ranAgain: true }),
  };
}
