import type { Cancellation } from "../protocol/cancel.ts";
import { cancelledKey, expiry } from "../protocol/table.ts";
import { mayBeCancelled } from "./cancelled-flows.ts";
import type { Orders } from "./holds.ts";
import { FRESH_MS, REQUEST_LIFE_SECONDS } from "./limits.ts";
import { type Clock, type Item, isNew, type Table } from "./ports.ts";
import { retryingTable } from "./retrying-table.ts";

const cancellationFrom = ({ by, at, why }: Item): Cancellation => ({ by: String(by), at: String(at), why: String(why) });

/** @returns who cancelled the request, or `undefined` */
export async function cancellationOf(table: Pick<Table, "get">, requestId: string): Promise<Cancellation | undefined> {
  const item = await table.get(cancelledKey(requestId));
  return item && cancellationFrom(item);
}

/** @returns who cancelled a request of the flow; `undefined`, without a promise, where it is known that no request of it is */
export type ReadCancellation = (requestId: string) => Promise<Cancellation | undefined> | undefined;

/**
 * Reads the mark of a request, in a flow of which requests were cancelled; of others it is known that there is none.
 * @param flow its first name
 */
export function cancellationReader(
  services: { readonly table: Pick<Table, "get" | "update" | "write">; readonly clock: Clock; readonly random: () => number },
  flow: string,
  orders: () => Orders | Promise<Orders>,
): ReadCancellation {
  const table = retryingTable(services);
  const read = ({ at, cancelled }: Orders, requestId: string) => {
    const now = services.clock.now();
    // A reading that took long may be older than what a cancellation waits for.
    if (now - at < FRESH_MS && !mayBeCancelled(cancelled, flow, now)) return undefined;
    return cancellationOf(table, requestId);
  };
  return (requestId) => {
    const known = orders();
    return known instanceof Promise ? known.then((found) => read(found, requestId)) : read(known, requestId);
  };
}

/**
 * Marks a request as cancelled: from now on none of its steps begins.
 * @returns the cancellation that holds: the first one
 */
export async function markCancelled(
  { table, clock }: { readonly table: Pick<Table, "get" | "put">; readonly clock: Clock },
  requestId: string,
  cancellation: Cancellation,
): Promise<Cancellation> {
  const item = { ...cancelledKey(requestId), ...cancellation, ...expiry(clock.now(), REQUEST_LIFE_SECONDS) };
  if (await table.put(item, isNew)) return cancellation;
  return (await cancellationOf(table, requestId)) ?? cancellation;
}
