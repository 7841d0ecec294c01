import type { BusinessKey } from "../../../model/business-key.ts";
import { busName } from "../../../model/event.ts";
import type { FlowGraph } from "../../../model/graph.ts";
import { businessKey, expiry } from "../../../protocol/table.ts";
import { firstKeys, keptForms, keysIn } from "../../business-keys.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Item, Table } from "../../ports.ts";
import { traceIdOf } from "../../tracing/trace-ids.ts";
import type { Fact } from "./fact.ts";
import { groupOf, positionOf } from "./listing.ts";
import type { RequestState } from "./state.ts";

/** @returns the state with the values of business keys that the facts add: of a first event's payload, and those that steps report */
export function withKeys(state: RequestState, found: readonly Fact[], graph: FlowGraph): RequestState {
  const added = found.flatMap((one) =>
    one.kind === "event" ? keysOf(graph, one.fact.name, one.published?.data) : one.kind === "delivery" ? (one.keys ?? []) : [],
  );
  return added.length === 0 ? state : { ...state, keys: firstKeys([...(state.keys ?? []), ...added]) };
}

/** @param name of the event on the bus */
function keysOf({ events }: FlowGraph, name: string, data: unknown): readonly BusinessKey[] {
  const event = events.find((node) => busName({ type: node.name, formerly: node.formerly ?? [] }) === name);
  return event?.keys ? keysIn(event.keys, data) : [];
}

/** @returns an item for each value that leads to the request, except for those that are known; a new one is found by its trace and correlation ids, too */
export function keyItems(
  { request: { requestId, correlationId, tenant }, createdAt, keys = [] }: RequestState,
  before: RequestState | undefined,
  now: number,
): readonly Item[] {
  const known = new Set(before?.keys?.map(({ value }) => value));
  const values = new Set([
    ...(before ? [] : [traceIdOf(requestId), ...(correlationId === requestId ? [] : [correlationId])]),
    ...keys.map(({ value }) => value).filter((value) => !known.has(value)),
  ]);
  return [...values].map((value) => ({
    ...businessKey(value, groupOf(tenant), positionOf(createdAt, requestId)),
    requestId,
    ...expiry(now, REQUEST_LIFE_SECONDS),
  }));
}

/**
 * @param tenants whose requests are looked for; `undefined`: all
 * @returns ids of the requests that a value leads to, the newest `limit` of each tenant's
 */
export async function requestsByKey(
  table: Pick<Table, "query">,
  value: string,
  tenants: readonly string[] | undefined,
  limit: number,
): Promise<readonly string[]> {
  const groups = tenants === undefined ? [undefined] : [...new Set(tenants.map(groupOf))];
  const found = await Promise.all(
    keptForms(value).flatMap((form) =>
      groups.map((group) => {
        const { pk, sk: prefix } = businessKey.begin(form, group);
        return table.query(pk, { prefix, last: limit });
      }),
    ),
  );
  return [...new Set(found.flat().map(({ requestId }) => String(requestId)))];
}
