import type { EndFact } from "../../model/ledger/facts.ts";
import { hasEnded } from "../../model/ledger/request-status.ts";
import {
  auditKey,
  breakerKey,
  deadLetterKey,
  GROUPS,
  holdsKey,
  JOBS,
  type Key,
  SORT_KEY,
  summaryKey,
} from "../../protocol/table.ts";
import { type DeadLetter, deadLetterFrom } from "../../runtime/functions/dead-letters/dead-letter.ts";
import { type RequestState, stateFrom } from "../../runtime/functions/ledger/state.ts";
import { maskedText } from "../../runtime/mask.ts";
import type { Item } from "../../runtime/ports.ts";
import type { Counts, DeadLetterRow } from "../shared/api.ts";
import type { IndexedDeadLetter } from "./dead-letter-index.ts";
import type { IndexedRequest } from "./request-index.ts";

/** Sort keys of the items that are indexed. */
export const INDEXED_SORT_KEYS = [summaryKey("")[SORT_KEY], deadLetterKey("")[SORT_KEY]] as const;

export const isSummary = ({ pk, sk }: Key): boolean => sk === INDEXED_SORT_KEYS[0] && pk.startsWith(`${summaryKey.prefix}#`);
export const isDeadLetter = ({ pk, sk }: Key): boolean =>
  sk === INDEXED_SORT_KEYS[1] && pk.startsWith(`${deadLetterKey.prefix}#`);

/** What pages show without an index: jobs, holds, notes of groups, the audit trail, circuit breakers. */
export const isRead = ({ pk, sk }: Key): boolean =>
  pk === JOBS ||
  pk === GROUPS ||
  pk === holdsKey.pk ||
  pk.startsWith(`${auditKey.prefix}#`) ||
  (pk.startsWith(`${breakerKey.prefix}#`) && sk === breakerKey("")[SORT_KEY]);

/** @param item summary of a request */
export function requestRowOf(item: Item): IndexedRequest {
  const { requestId, correlationId, tenant, flow, status, createdAt, updatedAt, lastAt, rev, version } = item;
  const state = stateFrom(item);
  const failure = failureOf(state);
  return {
    requestId: String(requestId),
    correlationId: String(correlationId ?? ""),
    tenant: String(tenant ?? ""),
    flow: String(flow ?? ""),
    status: String(status),
    createdAt: String(createdAt),
    updatedAt: String(lastAt ?? updatedAt),
    step: failure?.step ?? "",
    error: failure?.error.code ?? "",
    retrying: state && !hasEnded(state.status) ? retryingIn(state) : {},
    rev: Number(rev ?? version ?? 0),
  };
}

type Failed = Pick<EndFact, "step" | "error">;

/** The last failure of a step that has not succeeded since. */
function failureOf(state: RequestState | undefined): Failed | undefined {
  if (!state) return undefined;
  const { body } = state;
  if ("facts" in body) {
    const { deliveries, ends } = body.facts;
    const failed = deliveries.flatMap(({ step, status, error, finishedAt }) =>
      status === "succeeded" || error === undefined ? [] : [{ step, error, at: finishedAt }],
    );
    const ended = ends.map(({ step, error, occurredAt }) => ({ step, error, at: occurredAt }));
    return [...failed, ...ended].sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  }
  const { marks, steps } = body.tally;
  return Object.entries(marks).flatMap(([step, { error }]): Failed[] => {
    const { retrying = 0, failed = 0, over = 0 } = steps[step] ?? {};
    return error && retrying + failed + over > 0 ? [{ step, error }] : [];
  })[0];
}

/** Deliveries that the ledger knows by a failed attempt and no end, by step. */
function retryingIn({ body }: RequestState): Counts {
  const sums: Record<string, number> = {};
  if ("facts" in body)
    for (const { step, status } of body.facts.deliveries) {
      if (status === "retrying") sums[step] = (sums[step] ?? 0) + 1;
    }
  else for (const [step, { retrying = 0 }] of Object.entries(body.tally.steps)) if (retrying > 0) sums[step] = retrying;
  return sums;
}

/** @param item record of a dead letter. @returns `undefined` for the sweeper's own record */
export function deadLetterRowOf(item: Item): IndexedDeadLetter | undefined {
  if (item.letter === undefined) return undefined;
  const deadLetter = deadLetterFrom(item);
  return { ...rowOf(deadLetter), version: deadLetter.version };
}

const rowOf = (deadLetter: DeadLetter): DeadLetterRow => {
  const { id, state, flow, step, cause, errorCode, errorMessage, attempts, times, at, firstAt } = deadLetter;
  return {
    ...{ id, state, flow, step, errorCode, attempts, times, at, firstAt },
    errorMessage: maskedText(errorMessage),
    requestId: cause?.requestId ?? "",
    correlationId: cause?.correlationId ?? "",
  };
};

export const requestIdOf = (pk: string): string => pk.slice(summaryKey.prefix.length + 1);
export const deadLetterIdOf = (pk: string): string => pk.slice(deadLetterKey.prefix.length + 1);
