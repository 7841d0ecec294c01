import { WEBHOOK_TENANT } from "../../../protocol/first-event.ts";
import { INDEXES, summaryKey } from "../../../protocol/table.ts";
import type { Item, ListQuery, Table } from "../../ports.ts";
import { requestsByKey } from "../ledger/keys.ts";
import { correlationBuckets, isListedFor, tenantBuckets } from "../ledger/listing.ts";
import type { ListRequest } from "./list-query.ts";

/** Index entries per query. */
const ENTRIES_PER_QUERY = 200;
/** Most queries of one partition per page: a filter that few requests match must not read for ever. */
const MOST_QUERIES = 5;
/** Requests of one value that are read. */
const MOST_BY_KEY = 100;
/** Before and after every position. */
const FIRST = "0";
const LAST = "~";

export interface ListPage {
  readonly items: readonly Item[];
  /** Position to continue after, when there may be more. */
  readonly next: string | undefined;
}

/**
 * Lists summaries of a tenant's requests, newest first. Partitions are read in parallel, each newest first, and merged. Below the point
 * down to which all of them have been read, the result may be incomplete, so the page ends there at the latest.
 */
export async function listRequests(table: Table, tenant: string, request: ListRequest): Promise<ListPage> {
  const { correlationId, flow, status, from = FIRST, to = LAST, after, limit } = request;
  const where = { ...(flow !== undefined && { flow }), ...(status !== undefined && { status }) };
  const query = {
    index: (correlationId === undefined ? INDEXES.byTenant : INDEXES.byCorrelation).name,
    where,
    from,
    to: after !== undefined && after < to ? after : to,
    limit: ENTRIES_PER_QUERY,
  } as const;
  const buckets = correlationId === undefined ? tenantBuckets(tenant) : correlationBuckets(tenant, correlationId);
  const [own, ...read] = await Promise.all([
    correlationId === undefined ? [] : requestOfId(table, tenant, correlationId),
    ...buckets.map((bucket) => readBucket(table, { ...query, bucket }, limit, after)),
  ]);
  const horizon = read.reduce((highest, { end }) => (end !== undefined && end > highest ? end : highest), "");
  const found = [
    ...own.filter((item) => isAmong(item, query) && positionIn(item) !== after),
    ...read.flatMap(({ items }) => items),
  ]
    .filter((item) => positionIn(item) >= horizon)
    .sort((a, b) => (positionIn(a) < positionIn(b) ? 1 : -1));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last ? positionIn(last) : horizon || undefined;
  return { items, next };
}

/**
 * Lists requests by the value of a business key, newest first: one page, of the newest of each of the caller's tenants.
 * @param tenant `undefined`: of all tenants
 */
export async function listByKey(table: Table, tenant: string | undefined, request: ListRequest & { readonly key: string }) {
  const { key, correlationId, flow, status, from = FIRST, to = LAST, limit } = request;
  const ids = await requestsByKey(table, key, tenant === undefined ? undefined : [tenant, WEBHOOK_TENANT], MOST_BY_KEY);
  const found = await Promise.all(ids.map((requestId) => table.get(summaryKey(requestId))));
  const wanted = Object.entries({ correlationId, flow, status }).filter(([, value]) => value !== undefined);
  const items = found
    .filter((item) => item !== undefined)
    .filter((item) => wanted.every(([name, value]) => item[name] === value))
    .filter((item) => positionIn(item) >= from && positionIn(item) < to)
    .sort((a, b) => (positionIn(a) < positionIn(b) ? 1 : -1));
  return { items: items.slice(0, limit), next: undefined };
}

/** @returns the request that a correlation id is the id of, where no index has it */
async function requestOfId(table: Table, tenant: string, correlationId: string): Promise<readonly Item[]> {
  const item = await table.get(summaryKey(correlationId));
  const { byCorrelation } = INDEXES;
  const isAlone = item?.correlationId === correlationId && item[byCorrelation.partition] === undefined;
  return isAlone && item[byCorrelation.sort] !== undefined && isListedFor(tenant, String(item.tenant)) ? [item] : [];
}

/** As an index decides. */
const isAmong = (item: Item, { where = {}, from, to }: Pick<ListQuery, "where" | "from" | "to">): boolean =>
  Object.entries(where).every(([name, value]) => item[name] === value) && positionIn(item) >= from && positionIn(item) <= to;

/** @returns `end`: everything newer has been read; `undefined` when everything has */
async function readBucket(table: Table, query: ListQuery, limit: number, after: string | undefined) {
  const items: Item[] = [];
  let to = query.to;
  let seen = after;
  let end: string | undefined;
  for (let queries = 0; queries < MOST_QUERIES && items.length <= limit; queries += 1) {
    const page = await table.listed({ ...query, to });
    const done = seen;
    items.push(...page.items.filter((item) => positionIn(item) !== done));
    end = page.end;
    if (end === undefined) break;
    to = end;
    seen = end;
  }
  return { items, end };
}

const positionIn = (item: Item) => String(item[INDEXES.byTenant.sort]);
