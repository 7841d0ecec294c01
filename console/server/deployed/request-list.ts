import { REQUEST_STATUSES } from "../../../model/ledger/request-status.ts";
import { REQUEST_ID } from "../../../protocol/queries.ts";
import { STATUS_ROUTES } from "../../../protocol/routes.ts";
import type { PartialCounts, RequestPage, RequestRow } from "../../shared/api.ts";
import { parseQuery, type Query } from "../../shared/query.ts";
import { callHub } from "../call-hub.ts";
import { graphsOf } from "../declared.ts";
import { Problem } from "../problem.ts";
import type { DeployedHub } from "./hub.ts";

/** A request as a list of the API has it. */
export type Listed = Pick<RequestRow, "requestId" | "correlationId" | "flow" | "status" | "createdAt" | "updatedAt">;
interface ApiPage {
  readonly requests: readonly Listed[];
  readonly cursor?: string;
}
/** The row after which a page of the list begins. */
type Place = Pick<Listed, "createdAt" | "requestId">;

/** Most that one call of the API returns. */
const MOST_LISTED = 100;
/** Calls for one page and key: where few requests match, the page ends early, and says that there may be more. */
const MOST_CALLS = 5;
/** Lists of which the places of pages are remembered. */
const REMEMBERED = 20;

/** Lists requests by `GET /requests`, page by page: with the key of each tenant, merged. Nothing is kept but where pages begin. */
export function requestList(hub: DeployedHub) {
  const lists = new Map<string, Place[]>();
  const keys = [hub.operatorKey, ...hub.otherKeys];
  const statuses: PartialCounts = Object.fromEntries(REQUEST_STATUSES.map((status) => [status, null]));

  /** @returns where the `index`-th page begins; the pages before it are read where that is not known */
  async function placeOf(search: Search, places: Place[], index: number, limit: number): Promise<Place | undefined> {
    for (let n = places.length; n < index; n += 1) {
      const last = (await pageAfter(hub, keys, search, places[n - 1], limit)).rows.at(-1);
      if (!last) throw new Problem(400, "The list has fewer requests than the parameter offset says.");
      places.push(last);
    }
    return index === 0 ? undefined : places[index - 1];
  }

  return async (asked: {
    readonly query: string;
    readonly offset: number;
    readonly limit: number;
    /** ISO 8601: later requests are only counted. @default none is later */
    readonly asOf: string | undefined;
    /** Leaves out what the first part of a list has. */
    readonly rowsOnly: boolean;
    readonly now: number;
  }): Promise<RequestPage> => {
    const { query, offset, limit, asOf, rowsOnly, now } = asked;
    const search = searchOf(parseQuery(query), now);
    const upTo: Search = { ...search, to: earliest(search.to, asOf === undefined ? undefined : after(asOf)) };
    const known = `${query}\n${asOf ?? ""}\n${limit}`;
    const places = lists.get(known) ?? [];
    lists.delete(known);
    lists.set(known, places);
    for (const oldest of [...lists.keys()].slice(0, -REMEMBERED)) lists.delete(oldest);
    const index = Math.floor(offset / limit);
    const { rows, more } = await pageAfter(hub, keys, upTo, await placeOf(upTo, places, index, limit), limit);
    const last = rows.at(-1);
    if (last && more) places[index] = last;
    const facets = { status: statuses, flow: Object.fromEntries(graphsOf(hub).map(({ flow }) => [flow, null])) };
    if (rowsOnly || asOf === undefined) return { rows: rows.map(rowOf), total: null, more, facets, newer: 0 };
    const later = await pageAfter(hub, keys, { ...search, from: latest(search.from, after(asOf)) }, undefined, MOST_LISTED);
    return { rows: rows.map(rowOf), total: null, more, facets, newer: later.rows.length };
  };
}

/** @returns other requests with the correlation id, the newest first */
export async function related(hub: DeployedHub, correlationId: string, limit: number): Promise<readonly RequestRow[]> {
  const search: Search = { filters: { correlationId }, isWanted: () => true };
  return (await pageAfter(hub, [hub.operatorKey, ...hub.otherKeys], search, undefined, limit)).rows.map(rowOf);
}

/** The API has no tenant and no error in a list. */
export const rowOf = ({ requestId, correlationId, flow, status, createdAt, updatedAt }: Listed): RequestRow => ({
  ...{ requestId, correlationId, flow, status, createdAt, updatedAt },
  ...{ tenant: "", step: "", error: "" },
});

interface Search {
  /** Parameters of the API. */
  readonly filters: Readonly<Record<string, string>>;
  /** What the parameters can't say. */
  readonly isWanted: (row: Listed) => boolean;
  /** ISO 8601: created then or later; before. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Id of a request, a correlation id, or the value of a business key. */
  readonly id?: string | undefined;
}

/** @throws Problem 400 for what the API can't search for */
function searchOf({ fields, olderThan, youngerThan, texts, ...range }: Query, now: number): Search {
  const { status = [], flow = [], correlation = [], key = [], ...others } = fields;
  const unknown = Object.keys(others).find((name) => (fields[name as keyof typeof fields] ?? []).length > 0);
  if (unknown !== undefined)
    throw new Problem(400, `The API of a deployed stack can't search by ${unknown}. Remove ${unknown}: from the query.`);
  const ids = [...texts, ...key];
  if (ids.length > 1) throw new Problem(400, "The API of a deployed stack searches for one id at a time. Remove the others.");
  if (ids[0]?.endsWith("*") || correlation.some((value) => value.endsWith("*")))
    throw new Problem(400, "The API of a deployed stack finds whole ids only. Write the id without *.");
  const ago = (minutes: number | undefined) =>
    minutes === undefined ? undefined : new Date(now - minutes * 60_000).toISOString();
  const exact = (name: string, values: readonly string[]) => {
    const [value, ...rest] = values;
    return value === undefined || rest.length > 0 || value.endsWith("*") ? {} : { [name]: value };
  };
  const isOne = (values: readonly string[], value: string) =>
    values.length === 0 || values.some((one) => (one.endsWith("*") ? value.startsWith(one.slice(0, -1)) : value === one));
  return {
    filters: { ...exact("status", status), ...exact("flow", flow), ...exact("correlationId", correlation) },
    isWanted: (row) => isOne(status, row.status) && isOne(flow, row.flow) && isOne(correlation, row.correlationId),
    from: latest(ago(youngerThan), range.from),
    to: earliest(olderThan === undefined ? undefined : after(ago(olderThan) ?? ""), range.to),
    id: ids[0],
  };
}

/** One page of the lists of all keys. Below the point down to which each of them was read, it may be incomplete, so it ends there. */
async function pageAfter(
  hub: DeployedHub,
  keys: readonly (string | undefined)[],
  search: Search,
  place: Place | undefined,
  limit: number,
): Promise<{ readonly rows: readonly Listed[]; readonly more: boolean }> {
  const isAfter = (row: Listed) => place === undefined || byAge(place, row) < 0;
  const isIn = (row: Listed) =>
    search.isWanted(row) && isAfter(row) && row.createdAt >= (search.from ?? "") && row.createdAt < (search.to ?? "~");
  const lists =
    search.id === undefined
      ? await Promise.all(keys.map((key) => listOf({ ...hub, operatorKey: key }, search, place, limit, isIn)))
      : [{ rows: (await requestsBy(hub, search.id)).filter(isIn), end: undefined }];
  const horizon = latest(...lists.map(({ end }) => end)) ?? "";
  const all = new Map(lists.flatMap(({ rows }) => rows.map((row) => [row.requestId, row] as const)));
  const rows = [...all.values()].filter(({ createdAt }) => createdAt >= horizon).sort(byAge);
  return { rows: rows.slice(0, limit), more: horizon !== "" || rows.length > limit };
}

/** @returns `end`: time of the oldest request that was read, where there are older ones */
async function listOf(
  hub: DeployedHub,
  { filters, from, to }: Search,
  place: Place | undefined,
  limit: number,
  isIn: (row: Listed) => boolean,
): Promise<{ readonly rows: readonly Listed[]; readonly end: string | undefined }> {
  const until = earliest(to, place && after(place.createdAt));
  if (from !== undefined && until !== undefined && from >= until) return { rows: [], end: undefined };
  const rows: Listed[] = [];
  let oldest = until ?? "";
  let cursor: string | undefined;
  for (let calls = 0; calls < MOST_CALLS && rows.length < limit; calls += 1) {
    const query = new URLSearchParams({
      ...filters,
      limit: String(MOST_LISTED),
      ...(from !== undefined && { from }),
      ...(until !== undefined && { to: until }),
      ...(cursor !== undefined && { cursor }),
    });
    const page = (await callHub(hub, STATUS_ROUTES.listRequests, { query })) as ApiPage;
    rows.push(...page.requests.filter(isIn));
    oldest = page.requests.at(-1)?.createdAt ?? oldest;
    cursor = page.cursor;
    if (cursor === undefined) return { rows, end: undefined };
  }
  return { rows, end: oldest };
}

/** By its own id, by a correlation id, a trace id, or the value of a business key: an operator's key finds those of all tenants. */
async function requestsBy(hub: DeployedHub, id: string): Promise<readonly Listed[]> {
  const missing = (error: unknown) => {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  };
  const [one, { requests }] = await Promise.all([
    REQUEST_ID.test(id)
      ? (callHub(hub, STATUS_ROUTES.showRequest, { values: { requestId: id } }).catch(missing) as Promise<Listed | undefined>)
      : undefined,
    callHub(hub, STATUS_ROUTES.listRequests, {
      query: new URLSearchParams({ key: id, limit: String(MOST_LISTED) }),
    }) as Promise<ApiPage>,
  ]);
  return [...(one ? [one] : []), ...requests];
}

const byAge = (a: Place, b: Place): number => descending(a.createdAt, b.createdAt) || descending(a.requestId, b.requestId);
const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);
/** The first time at which something is later: the API's `to` is exclusive, and times are in ms. */
const after = (time: string): string => new Date(Date.parse(time) + 1).toISOString();
const given = (times: readonly (string | undefined)[]) => times.filter((time) => time !== undefined).sort();
const earliest = (...times: readonly (string | undefined)[]): string | undefined => given(times)[0];
const latest = (...times: readonly (string | undefined)[]): string | undefined => given(times).at(-1);
