import type { FlowGraph } from "../../../model/graph.ts";
import { hasEnded } from "../../../model/ledger/request-status.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import { EMPTY, type Work } from "../../../model/ledger/tally.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import { summaryKey } from "../../../protocol/table.ts";
import { type Backoff, retrying } from "../../backoff.ts";
import { RetryableError } from "../../errors.ts";
import { type Clock, type Condition, compare, type Item, isNew, type Table } from "../../ports.ts";
import { type Fact, factFrom, isWorkFact, repeatedBy } from "./fact.ts";
import { fold } from "./fold.ts";
import { graphStore } from "./graph-store.ts";
import { inputItems } from "./inputs.ts";
import { keyItems, withKeys } from "./keys.ts";
import { NO_FACTS } from "./merge.ts";
import { RecentSummaries } from "./recent-summaries.ts";
import { childItems } from "./relatives.ts";
import { measureRequest } from "./request-metrics.ts";
import { itemOf, type RequestState, spanOf, stateFrom } from "./state.ts";
import { workItems } from "./work-items.ts";
import { placeOf, placeOfFact } from "./works.ts";

/** The state of requests, folded from facts. */
export interface LedgerStore {
  /**
   * Adds facts of one request to its state, each once however often it comes.
   * @returns `ask` is set when a compensation is due and not known to be triggered
   * @throws RetryableError `GRAPH_UNKNOWN` when the flow's graph is not in the table (yet), `SUMMARY_CONTENDED`
   */
  take(requestId: string, facts: readonly Fact[]): Promise<Settlement>;
}

interface Settlement {
  readonly state: RequestState;
  readonly ask: Ask | undefined;
}
/** A compensation to trigger. */
interface Ask {
  readonly undo: Undo;
  /**
   * Records that it was triggered. A crash before this triggers it once more at worst, which the step's delivery record absorbs; so
   * does a summary that another function has written in the meantime.
   */
  done(): Promise<void>;
}

/** Each lost try was won by another function, so the summary makes progress. */
const TRIES = 20;
const BACKOFF: Backoff = { jitter: "full", base: 20, cap: 500 };
/** Facts of an earlier version that are added in one write. */
const FORMER_AT_ONCE = 50;

export function ledgerStore(services: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
}): LedgerStore {
  const { table, clock } = services;
  const graphOf = graphStore(table);
  const items = workItems(services);
  const recent = new RecentSummaries();

  const write = (state: RequestState, before: Condition) => table.put(itemOf(state), before);
  const unchanged = ({ rev }: RequestState): Condition => (rev === 0 ? isNew : compare("rev", "=", rev));

  async function attempt(requestId: string, found: readonly Fact[], item: Item | undefined): Promise<Settlement | undefined> {
    const [first] = found;
    if (!first) throw new RangeError("facts are missing");
    const before = item && stateFrom(item);
    if (item && !before) return takeFormer(requestId, found, item);
    if (before && "tally" in before.body && before.body.former) return takeRest(requestId, found, before);
    const { request } = before ?? spanOf(undefined, found);
    const graph = await graphOf(request);
    const pending = before && "tally" in before.body ? before.body.pending : [];
    const works = before && "tally" in before.body ? await worksOf(requestId, graph, found, pending) : new Map<string, Work>();
    const { state: folded, due } = fold(before, found, graph, works);
    const state = folded && withKeys(folded, found, graph);
    if (state) {
      await items.write(requestId, graph, pending, before?.rev ?? 0);
      const now = clock.now();
      // First, so that a summary has them all; writing one again changes nothing.
      await table.putAll([
        ...keyItems(state, before, now),
        ...inputItems(found, now),
        ...(before ? [] : childItems(state, found, graph, now)),
      ]);
      for (const repeated of repeatedBy(found)) await markRepeated(repeated);
      if (!(await write(state, before ? unchanged(before) : isNew))) return undefined;
      measureRequest(before, state);
    }
    const current = state ?? before;
    if (!current) throw new Error("a new request was not written");
    if (due !== "no") return due === "known" ? ask(current) : look(current, graph);
    // Sums are read each time: what is pending beside them must be the current one.
    if (state && "facts" in state.body && !hasEnded(state.status)) recent.keep(requestId, itemOf(state));
    return { state: current, ask: undefined };
  }

  /** Repetitions of a request are looked for only where it has this mark. One that is not known (any more) is not shown either. */
  async function markRepeated(requestId: string): Promise<void> {
    const marked = await retrying(services, BACKOFF, { attempts: TRIES }, async () => {
      const item = await table.get(summaryKey(requestId));
      const state = item && stateFrom(item);
      if (!state || state.ranAgain) return true;
      return (await write({ ...state, ranAgain: true, rev: state.rev + 1 }, unchanged(state))) || undefined;
    });
    if (!marked) throw contended();
  }

  /** Finds the delivery to compensate next. The function that wins the write chooses it. */
  async function look(state: RequestState, graph: FlowGraph): Promise<Settlement | undefined> {
    const { requestId } = state.request;
    const body = state.body;
    if ("tally" in body) await items.write(requestId, graph, body.pending, state.rev);
    const undo = await items.lastToUndo(requestId);
    if (!undo) return { state, ask: undefined };
    const asking: RequestState = { ...state, asked: { ...undo, published: false }, rev: state.rev + 1 };
    return (await write(asking, unchanged(state))) ? ask(asking) : undefined;
  }

  function ask(state: RequestState): Settlement {
    const { asked } = state;
    if (!asked) throw new Error("no compensation is chosen");
    const { step, delivery } = asked;
    const done = async () => {
      await write({ ...state, asked: { ...asked, published: true }, rev: state.rev + 1 }, unchanged(state));
    };
    return { state, ask: { undo: { step, delivery }, done } };
  }

  async function worksOf(
    requestId: string,
    graph: FlowGraph,
    found: readonly Fact[],
    pending: readonly Work[],
  ): Promise<ReadonlyMap<string, Work>> {
    const places = new Map(
      found
        .filter(isWorkFact)
        .map((fact) => placeOfFact(graph, fact))
        .map((place) => [placeOf(place), place]),
    );
    const waiting = new Map(pending.map((work) => [placeOf(work), work]));
    const read = await Promise.all(
      [...places].map(async ([id, place]) => [id, waiting.get(id) ?? (await items.read(requestId, place))] as const),
    );
    return new Map(read.flatMap(([id, work]) => (work ? [[id, work] as const] : [])));
  }

  const formerFacts = async (requestId: string) =>
    (await table.query(summaryKey(requestId).pk))
      .flatMap((item) => factFrom(item) ?? [])
      // Events of steps were facts too; the steps' reports name them.
      .filter(({ kind, fact }) => kind !== "event" || isTriggerStep(fact.step));

  /**
   * Takes a request over from an earlier version of the ledger, which stored each fact as an item and folded all of them each time. From
   * this write on that version can't write the summary, so the messages that it holds come back.
   */
  async function takeFormer(requestId: string, found: readonly Fact[], item: Item): Promise<Settlement | undefined> {
    const facts = await formerFacts(requestId);
    const span = spanOf(undefined, [...facts, ...found]);
    const graph = await graphOf(span.request);
    const owned = compare("version", "=", Number(item.version ?? 0));
    const asked = item.asked as RequestState["asked"];
    const { status, updatedAt } = item as unknown as Pick<RequestState, "status" | "updatedAt">;
    const begun: RequestState = { ...span, status, updatedAt, asked, rev: 1, body: { tally: EMPTY, pending: [], former: true } };
    if (facts.length > FORMER_AT_ONCE) return (await write(begun, owned)) ? takeRest(requestId, found, begun) : undefined;
    const known: RequestState = { ...begun, rev: 0, body: { facts: NO_FACTS } };
    const { state, due } = fold(known, [...facts, ...found], graph, new Map());
    const written = state ?? { ...known, rev: 1 };
    if (!(await write(written, owned))) return undefined;
    return due === "no" ? { state: written, ask: undefined } : due === "known" ? ask(written) : look(written, graph);
  }

  /** Adds the facts of an earlier version piece by piece. Any function goes on with it: no fact counts twice. */
  async function takeRest(requestId: string, found: readonly Fact[], begun: RequestState): Promise<Settlement | undefined> {
    const graph = await graphOf(begun.request);
    const facts = await formerFacts(requestId);
    const namesOf = new Map(
      facts.flatMap((fact): [string, string][] =>
        fact.kind === "event"
          ? [[fact.fact.eventId, fact.fact.name]]
          : fact.kind === "delivery"
            ? fact.fact.emitted.map(({ eventId, name }) => [eventId, name])
            : [],
      ),
    );
    let state = begun;
    for (let from = 0; from < facts.length; from += FORMER_AT_ONCE) {
      const piece = facts.slice(from, from + FORMER_AT_ONCE);
      const pending = "tally" in state.body ? state.body.pending : [];
      const folded = fold(state, piece, graph, await worksOf(requestId, graph, piece, pending), (id) => namesOf.get(id)).state;
      if (!folded) continue;
      await items.write(requestId, graph, pending, state.rev);
      if (!(await write(folded, unchanged(state)))) return undefined;
      state = folded;
    }
    if (!("tally" in state.body)) throw new Error("the request is kept in another form");
    const { former: _, ...body } = state.body;
    const complete: RequestState = { ...state, body, rev: state.rev + 1 };
    if (!(await write(complete, unchanged(state)))) return undefined;
    return attempt(requestId, found, itemOf(complete));
  }

  return {
    async take(requestId, facts) {
      const key = summaryKey(requestId);
      const kept = recent.take(requestId);
      if (kept) {
        const settled = await attempt(requestId, facts, kept);
        if (settled?.state.rev === Number(kept.rev) + 1) return settled;
        // Nothing was written: either the facts add nothing, or another function has written the summary since.
        if (!settled) recent.wasOld();
      }
      // The event of a trigger begins a request, as a rule: what is there is read only when the write fails.
      let opens = !kept && facts.some(({ kind }) => kind === "event");
      const settled = await retrying(services, BACKOFF, { attempts: TRIES }, async () => {
        const item = opens ? undefined : await table.get(key);
        opens = false;
        return attempt(requestId, facts, item);
      });
      if (settled) return settled;
      throw contended();
    },
  };
}

const contended = () =>
  new RetryableError("SUMMARY_CONTENDED", `other functions wrote the summary ${TRIES} times in a row. It is folded again.`);
