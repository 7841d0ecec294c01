import type { BusinessKey } from "../../../model/business-key.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import type { Tally, Work } from "../../../model/ledger/tally.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import type { ExportOf } from "../../../protocol/run-again.ts";
import { expiry, summaryKey } from "../../../protocol/table.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Item } from "../../ports.ts";
import type { Belonging, Fact } from "./fact.ts";
import { listKeysOf } from "./listing.ts";
import type { KeptFacts } from "./merge.ts";
import type { Verdict } from "./objective.ts";

/** The compensation that was requested last. */
export interface Asked extends Undo {
  readonly published: boolean;
  /** It has succeeded. */
  readonly done?: true;
}

/**
 * What the ledger keeps of a request: all facts while they are few, or sums, with the facts as items of their own.
 */
export type Body =
  | { readonly facts: KeptFacts }
  | {
      readonly tally: Tally;
      /** Works that the tally holds already and that are not yet written as items: the function that writes next does so first. */
      readonly pending: readonly Work[];
      /** Facts of an earlier version of the ledger are not all in the tally yet. */
      readonly former?: true;
    };

export interface RequestState {
  readonly request: Belonging;
  readonly status: RequestStatus;
  /** Start of the first fact, and end of the last one; ISO 8601. */
  readonly createdAt: string;
  readonly lastAt: string;
  /** `lastAt` at the last change of status. Lists show it, so that other writes cost no write of an index. */
  readonly updatedAt: string;
  readonly body: Body;
  readonly asked: Asked | undefined;
  /** Values by which the request is found. @default none */
  readonly keys?: readonly BusinessKey[];
  /** The request that this one repeats. @default none */
  readonly repeats?: string;
  /** The request of another hub that this one repeats. @default none */
  readonly exportOf?: ExportOf;
  /** Whether it met the objective of its flow. @default open, or the flow has none */
  readonly verdict?: Verdict;
  /** Other requests repeat this one: its partition names them. @default none does */
  readonly ranAgain?: true;
  /** Number of writes. An earlier version of the ledger, which looks for `version`, can't write this item. */
  readonly rev: number;
}

export function itemOf({ request, body, asked, keys, exportOf, ...rest }: RequestState): Item {
  const kept =
    "facts" in body
      ? { facts: JSON.stringify(body.facts) }
      : {
          tally: JSON.stringify(body.tally),
          pending: JSON.stringify(body.pending),
          ...(body.former && { former: true }),
        };
  return {
    ...summaryKey(request.requestId),
    ...request,
    ...rest,
    ...listKeysOf({ ...request, createdAt: rest.createdAt }),
    ...kept,
    ...(asked && { asked: { ...asked } }),
    ...(exportOf && { exportOf: { ...exportOf } }),
    ...(keys && { keys: JSON.stringify(keys) }),
    ...expiry(Date.parse(rest.lastAt), REQUEST_LIFE_SECONDS),
  };
}

/** @returns `undefined` for a summary that an earlier version of the ledger wrote */
export function stateFrom(item: Item): RequestState | undefined {
  const { requestId, correlationId, tenant, flow, graph, status, createdAt, lastAt, updatedAt, rev, facts, tally } =
    item as unknown as Belonging & RequestState & { readonly facts?: string; readonly tally?: string };
  if (typeof rev !== "number") return undefined;
  return {
    request: { requestId, correlationId, tenant, flow, graph, ...(item.debug === true && { debug: true }) },
    status,
    createdAt,
    lastAt,
    updatedAt,
    body:
      facts === undefined
        ? {
            tally: JSON.parse(String(tally)) as Tally,
            pending: JSON.parse(String(item.pending)) as Work[],
            ...(item.former === true && { former: true }),
          }
        : { facts: JSON.parse(facts) as KeptFacts },
    asked: item.asked as Asked | undefined,
    ...(item.keys !== undefined && { keys: JSON.parse(String(item.keys)) as BusinessKey[] }),
    ...(typeof item.repeats === "string" && { repeats: item.repeats }),
    ...(item.exportOf !== undefined && { exportOf: item.exportOf as unknown as ExportOf }),
    ...(item.verdict !== undefined && { verdict: item.verdict as Verdict }),
    ...(item.ranAgain === true && { ranAgain: true }),
    rev,
  };
}

export const cancellationIn = ({ body }: Pick<RequestState, "body">): Cancellation | undefined =>
  "facts" in body ? body.facts.cancelled : body.tally.cancelled;

/** The request as its earliest fact has it, and the times between which its facts lie. */
export function spanOf(
  known: Pick<RequestState, "request" | "createdAt" | "lastAt"> | undefined,
  found: readonly Fact[],
): Pick<RequestState, "request" | "createdAt" | "lastAt"> {
  const spans = [
    ...(known ? [known] : []),
    ...found.map((one) => ({ request: one.request, createdAt: startOf(one), lastAt: endOf(one) })),
  ];
  const [first] = [...spans].sort((a, b) => compare(a.createdAt, b.createdAt) || compare(textOf(a.request), textOf(b.request)));
  if (!first) throw new RangeError("a request has at least one fact");
  return {
    request: first.request,
    createdAt: first.createdAt,
    lastAt:
      spans
        .map(({ lastAt }) => lastAt)
        .sort()
        .at(-1) ?? "",
  };
}

const startOf = ({ kind, fact }: Fact) => (kind === "cancel" ? fact.at : kind === "delivery" ? fact.startedAt : fact.occurredAt);
const endOf = ({ kind, fact }: Fact) => (kind === "cancel" ? fact.at : kind === "delivery" ? fact.finishedAt : fact.occurredAt);
const textOf = ({ requestId, correlationId, tenant, flow, graph }: Belonging) =>
  JSON.stringify([requestId, correlationId, tenant, flow, graph]);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
