import { HUB_EVENT } from "../../protocol/reports.ts";
import type { FlowGraph } from "../graph.ts";
import type { DeliveryFact, EndFact, Facts } from "./facts.ts";
import { underGraph } from "./former-names.ts";
import type { RequestStatus } from "./request-status.ts";

/** A delivery whose effect must be compensated. */
export interface Undo {
  readonly step: string;
  readonly delivery: string;
}

/** True when the flow declares a compensation. A step that can't succeed then triggers compensation of the completed steps. */
export const compensates = (graph: FlowGraph): boolean => graph.steps.some((step) => step.compensates);

/** True once the request is cancelled, or a step of a flow with compensations can't succeed. It never becomes false again. */
export const isDoomed = (graph: FlowGraph, { ends = [], cancelled }: Facts): boolean =>
  cancelled !== undefined || (compensates(graph) && ends.length > 0);

/** A dead letter of a cancelled request that has to be decided on first: a call of it may have taken effect. */
export const isUndecided = ({ status, unknownOutcome }: DeliveryFact, end: EndFact | undefined): boolean =>
  status === "failed" && unknownOutcome === true && end === undefined;

/** Ends that are final. In a flow without compensations a terminal failure is not: its dead letter can be redriven. */
export const endsThatCount = (graph: FlowGraph, { ends = [] }: Facts): readonly EndFact[] =>
  compensates(graph) ? ends : ends.filter(({ why }) => why !== "terminal");

/** Deliveries that succeeded and can be compensated, last one first, including those already compensated. */
export function undoable(graph: FlowGraph, { deliveries }: Facts): readonly DeliveryFact[] {
  const names = new Set(graph.steps.filter((step) => step.compensates).map(({ name }) => name));
  return deliveries
    .filter(
      ({ step, status, compensates, continuedIn, surplus }) =>
        names.has(step) && status === "succeeded" && compensates === undefined && continuedIn === undefined && !surplus,
    )
    .sort((a, b) => compare(b.finishedAt, a.finishedAt) || compare(b.step, a.step) || compare(b.delivery, a.delivery));
}

/** The compensation of a delivery; `undefined` when none is known. */
export const undoingOf = ({ deliveries }: Facts, { step, delivery }: Undo): DeliveryFact | undefined =>
  deliveries.find((fact) => fact.step === step && fact.compensates === delivery);

/**
 * The delivery to compensate next: deliveries are compensated one at a time, last one first. A compensation that fails blocks the
 * following ones until its dead letter is redriven, because compensations may rely on the order.
 *
 * @param asked the last requested compensation; it remains the current one until it succeeds, even when another step finishes late
 * @returns `undefined` when nothing is left to compensate
 */
export function nextToUndo(graph: FlowGraph, reported: Facts, asked: Undo | undefined): Undo | undefined {
  const facts = underGraph(graph, reported);
  if (!isDoomed(graph, facts)) return undefined;
  const left = undoable(graph, facts).filter((delivery) => undoingOf(facts, delivery)?.status !== "succeeded");
  const begun =
    left.find(({ step, delivery }) => step === asked?.step && delivery === asked.delivery) ??
    left.find((delivery) => undoingOf(facts, delivery) !== undefined);
  const next = begun ?? left[0];
  return next && { step: next.step, delivery: next.delivery };
}

/**
 * Whether a dead letter may be redriven. A step may while its request is open: once the request is being compensated or has ended, its
 * result has no use. A compensation may until everything is compensated.
 * @param event name of the event in the dead letter
 */
export const mayRedrive = (status: RequestStatus, event: string): boolean =>
  event === HUB_EVENT.CompensateStep
    ? status === "compensating" || status === "compensation-failed"
    : status === "accepted" || status === "running" || status === "blocked";

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
