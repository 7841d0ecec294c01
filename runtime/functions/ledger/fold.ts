import type { FlowGraph } from "../../../model/graph.ts";
import type { Facts } from "../../../model/ledger/facts.ts";
import { hasGap } from "../../../model/ledger/history.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { nextToUndo, type Undo } from "../../../model/ledger/saga.ts";
import { type StepState, settle } from "../../../model/ledger/settle.ts";
import type { Belonging, Fact } from "./fact.ts";

/** The stored state of a request. */
export interface Summary extends Belonging {
  readonly status: RequestStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly steps: readonly StepState[];
}

/** A summary, and the next compensation to trigger. */
export interface Folded {
  readonly summary: Summary;
  readonly undo: Undo | undefined;
}

/**
 * Pure; the order of the facts does not matter.
 * @param graphOf returns the graph that the request started with
 * @param asked the compensation that the ledger triggered last
 */
export async function fold(
  found: readonly Fact[],
  graphOf: (request: Belonging) => Promise<FlowGraph>,
  asked?: Undo,
): Promise<Folded> {
  const sorted = [...found].sort((a, b) => compare(startOf(a), startOf(b)) || compare(JSON.stringify(a), JSON.stringify(b)));
  const [first] = sorted;
  if (!first) throw new RangeError("a request has at least one fact");
  const facts: Facts = {
    events: sorted.flatMap((fact) => (fact.kind === "event" ? [fact.fact] : [])),
    deliveries: sorted.flatMap((fact) => (fact.kind === "delivery" ? [fact.fact] : [])),
    ends: sorted.flatMap((fact) => (fact.kind === "end" ? [fact.fact] : [])),
  };
  const ends = sorted.map(({ kind, fact }) => (kind === "delivery" ? fact.finishedAt : fact.occurredAt)).sort();
  const graph = await graphOf(first.request);
  const { status, steps } = settle(graph, facts);
  return {
    summary: { ...first.request, status, createdAt: startOf(first), updatedAt: ends.at(-1) ?? startOf(first), steps },
    undo: hasGap(graph, facts, steps) ? undefined : nextToUndo(graph, facts, asked),
  };
}

const startOf = ({ kind, fact }: Fact) => (kind === "delivery" ? fact.startedAt : fact.occurredAt);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
