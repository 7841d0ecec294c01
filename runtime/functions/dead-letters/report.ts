import type { Metadata, StepFailedData, StepGivenUpData } from "../../../model/envelope.ts";
import type { DeliveryFact } from "../../../model/ledger/facts.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import { hashOf } from "../../ids.ts";
import type { Entry, Table } from "../../ports.ts";
import { entryWith } from "../../publish/envelopes.ts";
import { knownDelivery } from "../ledger/work-items.ts";
import type { DeadLetter, DeadLetterCause } from "./dead-letter.ts";
import type { StepNames } from "./targets.ts";

/** Requests to report to: the dead letter's, and each other one that contributed a part of its join. */
export const requestsOf = ({ lent = [], ...cause }: DeadLetterCause): readonly DeadLetterCause[] => [
  cause,
  ...lent.map((request) => ({ ...cause, ...request })),
];

/** The delivery's fact in the ledger, if any. */
export async function knownFact(
  table: Table,
  { step, formerly = [] }: StepNames,
  { requestId, delivery, compensates }: DeadLetterCause,
): Promise<DeliveryFact | undefined> {
  for (const name of [step, ...formerly]) {
    const known = await knownDelivery(table, { requestId, step: name, delivery, compensates });
    if (known) return known;
  }
  return undefined;
}

/** Attempts reported to the ledger, or about to be. */
export const reportedAttempts = ({ attempts }: Pick<DeadLetter, "attempts">, known?: DeliveryFact): number =>
  Math.max(1, attempts, known?.attempts ?? 0);

/**
 * StepFailed of a dead letter: `dead-letter` where the step could not publish it, `redriven` when an operator or the sweeper sent it back.
 * Attempts are numbered after those in the ledger, so that this report supersedes earlier ones.
 */
export function deadLetterReport(
  deadLetter: Pick<DeadLetter, "flow" | "errorCode" | "errorMessage" | "attempts" | "firstAt" | "shape" | "calls"> & StepNames,
  cause: DeadLetterCause,
  known: DeliveryFact | undefined,
  { outcome, at }: { readonly outcome: "dead-letter" | "redriven"; readonly at: string },
): Entry {
  const { step, formerly, errorCode, errorMessage, firstAt } = deadLetter;
  const { delivery, eventId, eventName } = cause;
  const compensates = cause.compensates ?? known?.compensates;
  const before = reportedAttempts(deadLetter, known);
  const attempts = outcome === "redriven" ? before + 1 : before;
  const unknownOutcome = outcome === "dead-letter" && mayHaveTakenEffect(deadLetter);
  const data: StepFailedData = {
    step,
    ...(formerly && { formerly }),
    delivery,
    causes: known?.causes ?? [eventId],
    ...(known ? known.parts && { parts: known.parts } : { parts: { [eventName]: 1 } }),
    attempts,
    startedAt: known?.startedAt ?? firstAt,
    finishedAt: at,
    error: { code: errorCode, message: errorMessage },
    outcome,
    ...(compensates !== undefined && { compensates }),
    ...(known?.continuedIn !== undefined && { continuedIn: known.continuedIn }),
    ...(outcome === "redriven" && { nextAttemptAt: at }),
    ...(unknownOutcome && { unknownOutcome }),
  };
  return entryOf(deadLetter, cause, HUB_EVENT.StepFailed, data, at, [outcome, attempts]);
}

/** A function that ended without a word may have made any call. */
export const mayHaveTakenEffect = ({ shape, calls = {} }: Pick<DeadLetter, "shape" | "calls">): boolean =>
  shape === "backstop" || shape === "invocation" || Object.keys(calls).length > 0;

/** StepGivenUp of a discarded dead letter. */
export function givenUpReport(
  deadLetter: Pick<DeadLetter, "flow" | "errorCode"> & StepNames,
  cause: DeadLetterCause,
  at: string,
  why: string,
): Entry {
  const { step, formerly, errorCode } = deadLetter;
  const error = { code: errorCode, message: why };
  const data: StepGivenUpData = { step, ...(formerly && { formerly }), delivery: cause.delivery, error, givenUpAt: at };
  return entryOf(deadLetter, cause, HUB_EVENT.StepGivenUp, data, at, []);
}

function entryOf(
  { flow, step }: Pick<DeadLetter, "flow" | "step">,
  { requestId, correlationId, causationId, tenant, graph, startedAs, traceparent, hop, delivery }: DeadLetterCause,
  name: string,
  data: unknown,
  at: string,
  ordinal: readonly unknown[],
): Entry {
  const metadata: Metadata = {
    eventId: hashOf([requestId, step, delivery, name, ...ordinal]),
    requestId,
    correlationId,
    causationId,
    tenant,
    flow: startedAs ?? flow,
    graph,
    step,
    version: 1,
    occurredAt: at,
    hop: hop + 1,
    traceparent,
  };
  return entryWith(flow, name, { metadata, data });
}
