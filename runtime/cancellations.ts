import type { Cancellation } from "../protocol/cancel.ts";
import { cancelledKey, expiry } from "../protocol/table.ts";
import { REQUEST_LIFE_SECONDS } from "./limits.ts";
import { type Clock, type Item, isNew, type Table } from "./ports.ts";

const cancellationFrom = ({ by, at, why }: Item): Cancellation => ({ by: String(by), at: String(at), why: String(why) });

/** @returns who cancelled the request, or `undefined` */
export async function cancellationOf(table: Pick<Table, "get">, requestId: string): Promise<Cancellation | undefined> {
  const item = await table.get(cancelledKey(requestId));
  return item && cancellationFrom(item);
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
