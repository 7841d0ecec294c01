import { holdsKey } from "../protocol/table.ts";
import { contending } from "./backoff.ts";
import { FRESH_MS, REQUEST_LIFE_SECONDS } from "./limits.ts";
import { type Clock, compare, type Item, isNew, type Table } from "./ports.ts";

/** First names of the flows of which requests were cancelled, each with when that was written, ms since the epoch. */
export type CancelledFlows = ReadonlyMap<string, number>;

/** Attribute of the item of holds: JSON of an object, by the flow's first name. */
const CANCELLED_FLOWS = "cancelledFlows";
/** So many cancellations of a flow write the item once. */
const DAY_MS = 86_400_000;
/** A mark, made a day after the item was written, lasts for REQUEST_LIFE_SECONDS. */
const LIFE_MS = REQUEST_LIFE_SECONDS * 1_000;
/** A younger entry may be one that some containers have not read: a write takes seconds, and clocks differ. */
const SETTLED_MS = 60_000;
/** Tries of a conditional write; each that is lost was won by another operator. */
const TRIES = 10;

export const cancelledFlowsIn = (item: Item | undefined): CancelledFlows =>
  new Map(Object.entries(JSON.parse(String(item?.[CANCELLED_FLOWS] ?? "{}")) as Readonly<Record<string, number>>));

/** Whether a mark of the flow may exist. @param now ms since the epoch */
export function mayBeCancelled(flows: CancelledFlows, flow: string, now: number): boolean {
  const since = flows.get(flow);
  return since !== undefined && now - since < LIFE_MS + DAY_MS;
}

/**
 * Makes the steps of a flow read the marks of its requests.
 * @param flow its first name
 * @returns when each of them does, ms since the epoch: a container reads the item once in FRESH_MS. No wait, where requests were
 *   cancelled before. `undefined` when others write the item all the time
 */
export async function announceCancellation(
  { table, clock }: { readonly table: Pick<Table, "get" | "put">; readonly clock: Clock },
  flow: string,
): Promise<number | undefined> {
  return contending(TRIES, async () => {
    const item = await table.get(holdsKey);
    const known = cancelledFlowsIn(item);
    const now = clock.now();
    const age = now - (known.get(flow) ?? Number.NEGATIVE_INFINITY);
    const ready = () => clock.now() + (age < SETTLED_MS || age >= LIFE_MS ? FRESH_MS : 0);
    if (age < DAY_MS) return ready();
    const lasting = [...known].filter(([name]) => mayBeCancelled(known, name, now));
    const version = Number(item?.version ?? 0);
    const flows = JSON.stringify(Object.fromEntries([...lasting, [flow, now]]));
    const written = await table.put(
      { ...item, ...holdsKey, [CANCELLED_FLOWS]: flows, version: version + 1 },
      item ? compare("version", "=", version) : isNew,
    );
    return written ? ready() : undefined;
  });
}
