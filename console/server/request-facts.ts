import type { FlowGraph } from "../../model/graph.ts";
import type { DeliveryFact, EventFact, Facts } from "../../model/ledger/facts.ts";
import { stepUnder } from "../../model/ledger/former-names.ts";
import { type StepState, settle } from "../../model/ledger/settle.ts";
import { settleTally, type Work } from "../../model/ledger/tally.ts";
import type { Cancellation } from "../../protocol/cancel.ts";
import type { ExportOf } from "../../protocol/run-again.ts";
import { AGAIN, graphKey, summaryKey, WORK } from "../../protocol/table.ts";
import { factFrom } from "../../runtime/functions/ledger/fact.ts";
import { LISTED_REPETITIONS, repetitionsIn } from "../../runtime/functions/ledger/inputs.ts";
import { relativesOf } from "../../runtime/functions/ledger/relatives.ts";
import { cancellationIn, stateFrom } from "../../runtime/functions/ledger/state.ts";
import type { Item } from "../../runtime/ports.ts";
import type { Counts } from "../shared/api.ts";
import type { StateTable } from "./state-table.ts";

/** Deliveries of a large request that are shown. */
const LISTED_DELIVERIES = 500;

/** What the ledger knows of a request, in whatever form it keeps it. */
export interface RequestFacts {
  readonly summary: Item;
  readonly cancelled: Cancellation | undefined;
  readonly repeats: string | undefined;
  readonly exportOf: ExportOf | undefined;
  readonly ranAgain: readonly string[];
  /** Summaries of the request whose event opened this one, and of those that its events opened. */
  readonly parent: Item | undefined;
  readonly children: readonly Item[];
  /** The graph that the request started with; `undefined` where the table has it no more. */
  readonly graph: FlowGraph | undefined;
  readonly steps: readonly StepState[];
  /** Under the step names of the graph. */
  readonly deliveries: readonly DeliveryFact[];
  /** First events; the deliveries name the others. */
  readonly events: readonly EventFact[];
  /** Published events by name, where they are not listed one by one. */
  readonly eventCounts: Counts;
}

/** @returns `undefined` for a request that the ledger does not know */
export async function requestFacts(table: StateTable, requestId: string): Promise<RequestFacts | undefined> {
  const { pk } = summaryKey(requestId);
  const summary = await table.get(summaryKey(requestId));
  if (!summary) return undefined;
  const graphItem = await table.get(graphKey(String(summary.flow), String(summary.graph)));
  const graph = typeof graphItem?.graph === "string" ? (JSON.parse(graphItem.graph) as FlowGraph) : undefined;
  const state = stateFrom(summary);
  const body = state?.body;
  const ranAgain = state?.ranAgain ? repetitionsIn(await table.query(pk, AGAIN, LISTED_REPETITIONS)) : [];
  const query = (pk: string, prefix: string) => table.query(pk, prefix, LISTED_REPETITIONS);
  const relatives = await relativesOf({ get: table.get, query }, summary, graph);
  const cancelled = state && cancellationIn(state);
  const known = {
    summary,
    cancelled,
    repeats: state?.repeats,
    exportOf: state?.exportOf,
    ranAgain,
    ...relatives,
    graph,
    eventCounts: {},
  };
  if (body && "tally" in body) {
    const items = await table.query(pk, WORK, LISTED_DELIVERIES);
    const works = new Map(
      [...items.map((item) => JSON.parse(String(item.work)) as Work), ...body.pending].map((work) => [
        `${work.step} ${work.delivery}`,
        work,
      ]),
    );
    return {
      ...known,
      steps: graph ? settleTally(graph, body.tally).steps : [],
      deliveries: named(
        graph,
        [...works.values()].flatMap(({ fact, undo }) => [fact, undo].filter((one) => one !== undefined)),
      ),
      events: [],
      eventCounts: Object.fromEntries(Object.entries(body.tally.events).map(([name, { count }]) => [name, count])),
    };
  }
  const facts: Facts = body ? body.facts : await formerFacts(table, pk);
  return {
    ...known,
    steps: graph ? settle(graph, facts).steps : [],
    deliveries: named(graph, facts.deliveries),
    events: facts.events,
  };
}

/** A request that an earlier version of the ledger kept: each fact is an item. */
async function formerFacts(table: StateTable, pk: string): Promise<Facts> {
  const items = await table.query(pk, "", LISTED_DELIVERIES);
  const found = items.flatMap((item) => factFrom(item) ?? []);
  return {
    events: found.flatMap((one) => (one.kind === "event" ? [one.fact] : [])),
    deliveries: found.flatMap((one) => (one.kind === "delivery" ? [one.fact] : [])),
    ends: found.flatMap((one) => (one.kind === "end" ? [one.fact] : [])),
  };
}

const named = (graph: FlowGraph | undefined, deliveries: readonly DeliveryFact[]): readonly DeliveryFact[] =>
  deliveries.map((fact) => (graph ? { ...fact, step: stepUnder(graph, fact) } : fact));
