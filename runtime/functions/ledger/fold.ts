import type { FlowGraph } from "../../../model/graph.ts";
import type { Facts } from "../../../model/ledger/facts.ts";
import { hasGap } from "../../../model/ledger/history.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { nextToUndo, type Undo } from "../../../model/ledger/saga.ts";
import { type StepState, settle } from "../../../model/ledger/settle.ts";
import type { Belonging, Fact } from "./fact.ts";

/** The state of a request as it is read back. */
export interface Summary extends Belonging {
  readonly status: RequestStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly steps: readonly StepState[];
}

/** A summary, and what the ledger has to have undone next. */
export interface Folded {
  readonly summary: Summary;
  readonly undo: Undo | undefined;
}

/**
 * Pure, and indifferent to the order of the facts.
 * @param graphOf gives the graph that the request started with
 * @param asked what the ledger asked to be undone before
 */
export async function fold(
  found: readonly Fact[],
  graphOf: (of: Belonging) => Promise<FlowGraph>,
  asked?: Undo,
): Promise<Folded> {
  const sorted = [...found].sort((a, b) => compare(startOf(a), startOf(b)) || compare(JSON.stringify(a), JSON.stringify(b)));
  const [first] = sorted;
  if (!first) throw new RangeError("a request has at least one fact");
  const facts: Facts = {
    events: sorted.flatMap((one) => (one.kind === "event" ? [one.fact] : [])),
    deliveries: sorted.flatMap((one) => (one.kind === "delivery" ? [one.fact] : [])),
    ends: sorted.flatMap((one) => (one.kind === "end" ? [one.fact] : [])),
  };
  const ends = sorted.map((one) => (one.kind === "delivery" ? one.fact.finishedAt : one.fact.occurredAt)).sort();
  const graph = await graphOf(first.of);
  const { status, steps } = settle(graph, facts);
  return {
    summary: { ...first.of, status, createdAt: startOf(first), updatedAt: ends.at(-1) ?? startOf(first), steps },
    undo: hasGap(graph, facts, steps) ? undefined : nextToUndo(graph, facts, asked),
  };
}

const startOf = (one: Fact) => (one.kind === "delivery" ? one.fact.startedAt : one.fact.occurredAt);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
