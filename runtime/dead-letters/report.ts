import { type Envelope, type StepFailedData, sourceOf } from "../../model/envelope.ts";
import type { DeliveryFact } from "../../model/settle.ts";
import { hashOf } from "../ids.ts";
import { factFrom, partitionOf } from "../ledger/fact.ts";
import type { Entry } from "../ports/bus.ts";
import type { Table } from "../ports/table.ts";
import type { Letter, LetterCause } from "./letter.ts";

/** What the ledger knows of the delivery that died, if anything. */
export async function knownFact(
  table: Table,
  step: string,
  { requestId, delivery }: LetterCause,
): Promise<DeliveryFact | undefined> {
  const item = await table.get({ pk: partitionOf(requestId), sk: `delivery#${step}#${delivery}` });
  const fact = item && factFrom(item);
  return fact?.kind === "delivery" ? fact.fact : undefined;
}

/**
 * StepFailed of a dead letter: `dead-letter` where nobody else could say so, `redriven` and `discarded` when an operator or the
 * sweeper decides. Attempts go on from what the ledger knows, so that the report holds against what was told before it.
 */
export function letterReport(
  letter: Pick<Letter, "flow" | "step" | "errorCode" | "errorMessage" | "attempts" | "firstAt">,
  cause: LetterCause,
  known: DeliveryFact | undefined,
  told: { readonly outcome: "dead-letter" | "redriven" | "discarded"; readonly at: string; readonly why?: string },
): Entry {
  const { flow, step, errorCode, errorMessage, firstAt } = letter;
  const { requestId, correlationId, causationId, tenant, graph, traceparent, hop, delivery, eventId } = cause;
  const { outcome, at, why } = told;
  const before = Math.max(1, letter.attempts, known?.attempts ?? 0);
  const attempts = outcome === "redriven" ? before + 1 : before;
  const data: StepFailedData = {
    step,
    delivery,
    causes: known?.causes ?? [eventId],
    attempts,
    startedAt: known?.startedAt ?? firstAt,
    finishedAt: at,
    error: { code: errorCode, message: why ?? errorMessage },
    outcome,
    ...(outcome === "redriven" && { nextAttemptAt: at }),
  };
  const metadata = {
    eventId: hashOf([requestId, step, delivery, "StepFailed", outcome, attempts]),
    requestId,
    correlationId,
    causationId,
    tenant,
    flow,
    graph,
    step,
    version: 1,
    occurredAt: at,
    hop: hop + 1,
    traceparent,
  };
  const envelope: Envelope = { metadata, data };
  return { source: sourceOf(flow), detailType: "StepFailed", detail: JSON.stringify(envelope) };
}
