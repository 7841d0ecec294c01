import type { FlowGraph } from "../../../model/graph.ts";
import { parentIdOf } from "../../../protocol/child-request.ts";
import { CHILD, childKey, expiry, type Key, summaryKey } from "../../../protocol/table.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Item } from "../../ports.ts";
import type { Fact } from "./fact.ts";
import type { RequestState } from "./state.ts";

const importsEvents = ({ events }: FlowGraph) => events.some(({ imported }) => imported);

/** @returns an item that says in the parent's partition that a new request is its child */
export function childItems(
  { request: { requestId } }: RequestState,
  found: readonly Fact[],
  graph: FlowGraph,
  now: number,
): readonly Item[] {
  const parent = parentIdOf(requestId);
  // What a trigger began has no parent, whatever its id looks like.
  if (parent === undefined || !importsEvents(graph) || found.some(({ kind }) => kind === "event")) return [];
  return [{ ...childKey(parent, requestId), ...expiry(now, REQUEST_LIFE_SECONDS) }];
}

interface Reader {
  get(key: Key): Promise<Item | undefined>;
  /** Items of a partition whose sort keys start so. */
  query(pk: string, prefix: string): Promise<readonly Item[]>;
}

/**
 * Summaries of the requests whose event opened this one, and that its events opened: one for each flow that imports one, so there are few.
 * @param graph `undefined` where it is not known
 */
export async function relativesOf(
  { get, query }: Reader,
  { requestId, correlationId, flow }: Item,
  graph: FlowGraph | undefined,
): Promise<{ readonly parent: Item | undefined; readonly children: readonly Item[] }> {
  const parentId = graph && importsEvents(graph) ? parentIdOf(String(requestId)) : undefined;
  const ids = (await query(summaryKey(String(requestId)).pk, CHILD)).map(({ sk }) => sk.slice(CHILD.length));
  const [parent, ...children] = await Promise.all(
    [parentId, ...ids].map((id) => (id === undefined ? undefined : get(summaryKey(id)))),
  );
  const isRelative = (item: Item | undefined): item is Item =>
    item !== undefined && item.correlationId === correlationId && item.flow !== flow;
  return {
    parent: isRelative(parent) ? parent : undefined,
    children: children.filter(isRelative).sort((a, b) => (String(a.createdAt) < String(b.createdAt) ? -1 : 1)),
  };
}
