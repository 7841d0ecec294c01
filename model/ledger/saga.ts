import type { FlowGraph } from "../graph.ts";
import type { DeliveryFact, EndFact, Facts } from "./facts.ts";
import { underGraph } from "./former-names.ts";
import type { RequestStatus } from "./request-status.ts";

/** One delivery whose effect has to be undone. */
export interface Undo {
  readonly step: string;
  readonly delivery: string;
}

/** True when the flow declares a compensation: then a step that can't succeed has what was done undone. */
export const compensates = (graph: FlowGraph): boolean => graph.steps.some((step) => step.compensates);

/** True once a step of a flow with compensations can't succeed. It never turns false again. */
export const isDoomed = (graph: FlowGraph, { ends = [] }: Facts): boolean => compensates(graph) && ends.length > 0;

/** The ends that count: a dead letter of a flow without compensations can be sent back, whatever it failed with. */
export const endsThatCount = (graph: FlowGraph, { ends = [] }: Facts): readonly EndFact[] =>
  compensates(graph) ? ends : ends.filter(({ why }) => why !== "terminal");

/** What has succeeded and can be undone, the last one first; what has been undone is among it. */
export function undoable(graph: FlowGraph, { deliveries }: Facts): readonly DeliveryFact[] {
  const names = new Set(graph.steps.filter((step) => step.compensates).map(({ name }) => name));
  return deliveries
    .filter(
      ({ step, status, compensates, continuedIn, surplus }) =>
        names.has(step) && status === "succeeded" && compensates === undefined && continuedIn === undefined && !surplus,
    )
    .sort((a, b) => compare(b.finishedAt, a.finishedAt) || compare(b.step, a.step) || compare(b.delivery, a.delivery));
}

/** How far undoing a delivery has got; `undefined` when nothing is known of it. */
export const undoingOf = ({ deliveries }: Facts, { step, delivery }: Undo): DeliveryFact | undefined =>
  deliveries.find((fact) => fact.step === step && fact.compensates === delivery);

/**
 * The one delivery to undo now: the last that succeeded, once the one before it in this order has been undone. One that fails holds
 * up those that come after it, until its dead letter is sent back: the order is what a compensation may rely on.
 *
 * @param asked what the ledger asked for last; it stays the one until it is done, even when another step finishes late
 * @returns `undefined` when nothing is, or remains, to be undone
 */
export function nextToUndo(graph: FlowGraph, told: Facts, asked: Undo | undefined): Undo | undefined {
  const facts = underGraph(graph, told);
  if (!isDoomed(graph, facts)) return undefined;
  const left = undoable(graph, facts).filter((one) => undoingOf(facts, one)?.status !== "succeeded");
  const begun =
    left.find(({ step, delivery }) => step === asked?.step && delivery === asked.delivery) ??
    left.find((one) => undoingOf(facts, one) !== undefined);
  const next = begun ?? left[0];
  return next && { step: next.step, delivery: next.delivery };
}

/**
 * May this dead letter be sent back? A step of a request that is being undone, or has ended, may not: what it would do now nobody
 * waits for. A compensation may, until all is undone.
 * @param event name of the event in the dead letter
 */
export const mayRedrive = (status: RequestStatus, event: string): boolean =>
  event === "CompensateStep"
    ? status === "compensating" || status === "compensation-failed"
    : status === "accepted" || status === "running" || status === "blocked";

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
