import type { FlowGraph } from "../../model/graph.ts";
import { type Facts, type RequestStatus, type StepState, settle } from "../../model/settle.ts";
import type { Belonging, Fact } from "./fact.ts";

/** The state of a request as it is read back. */
export interface Summary extends Belonging {
  readonly status: RequestStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly steps: readonly StepState[];
}

/** Pure, and indifferent to the order of the facts. @param graphOf gives the graph that the request started with */
export async function fold(found: readonly Fact[], graphOf: (of: Belonging) => Promise<FlowGraph>): Promise<Summary> {
  const sorted = [...found].sort((a, b) => compare(startOf(a), startOf(b)) || compare(JSON.stringify(a), JSON.stringify(b)));
  const [first] = sorted;
  if (!first) throw new RangeError("a request has at least one fact");
  const facts: Facts = {
    events: sorted.flatMap((one) => (one.kind === "event" ? [one.fact] : [])),
    deliveries: sorted.flatMap((one) => (one.kind === "delivery" ? [one.fact] : [])),
  };
  const ends = sorted.map((one) => (one.kind === "event" ? one.fact.occurredAt : one.fact.finishedAt)).sort();
  const { status, steps } = settle(await graphOf(first.of), facts);
  return { ...first.of, status, createdAt: startOf(first), updatedAt: ends.at(-1) ?? startOf(first), steps };
}

const startOf = (one: Fact) => (one.kind === "event" ? one.fact.occurredAt : one.fact.startedAt);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
