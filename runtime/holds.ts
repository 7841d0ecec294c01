import { HOLDS, type Hold, type Holdable, holdOn } from "../protocol/holds.ts";
import { holdsKey } from "../protocol/table.ts";
import { spread } from "./backoff.ts";
import { type CancelledFlows, cancelledFlowsIn } from "./cancelled-flows.ts";
import { FRESH_MS } from "./limits.ts";
import type { Clock, Item, Table } from "./ports.ts";
import { retryingTable } from "./retrying-table.ts";

/** Holds as the item has them, those that are over as well. */
export const holdsIn = (item: Item | undefined): readonly Hold[] =>
  item?.[HOLDS] === undefined ? [] : (JSON.parse(String(item[HOLDS])) as Hold[]);

/** The item of holds as a container has it. */
export interface Orders {
  /** Not older than this, ms since the epoch. */
  readonly at: number;
  readonly holds: readonly Hold[];
  /** Flows with cancelled requests. */
  readonly cancelled: CancelledFlows;
}

/**
 * Reads the item of holds, once in five seconds in each container.
 * @returns a function that returns what is known, or a promise that rejects with what the table throws
 */
export function orderReader(services: {
  readonly table: Pick<Table, "get" | "update" | "write">;
  readonly clock: Clock;
  readonly random: () => number;
}): () => Orders | Promise<Orders> {
  const { clock } = services;
  const table = retryingTable(services);
  let read: { readonly at: number; orders: Orders | Promise<Orders> } | undefined;
  return () => {
    const at = clock.now();
    if (!read || at - read.at >= FRESH_MS) {
      const orders = table.get(holdsKey).then((item) => ({ at, holds: holdsIn(item), cancelled: cancelledFlowsIn(item) }));
      const mine: typeof read = { at, orders };
      read = mine;
      orders.then(
        (known) => {
          mine.orders = known;
        },
        // The next message tries again.
        () => {
          if (read === mine) read = undefined;
        },
      );
    }
    return read.orders;
  };
}

/** @returns a function that returns the hold on a step or an endpoint; it throws what the table throws */
export const holdReader =
  (orders: () => Orders | Promise<Orders>, clock: Clock) =>
  async (what: Holdable): Promise<Hold | undefined> =>
    holdOn((await orders()).holds, what, clock.now());

/** Shortest and longest time between two looks of a held message, without the spread: five minutes with it. */
const LEAST_LOOK_MS = 30_000;
const LONGEST_LOOK_MS = 250_000;
/** In proportion to the time that the hold has lasted: some 50 looks in two hours, 350 in a day, of the 1,000 that SQS admits. */
const LOOK_SHARE = 1 / 8;
/** Messages come back spread over this share of their wait. */
const SPREAD = 0.2;

/**
 * When a held message looks again, ms since the epoch. SQS can't wake what it hides, so a message looks at times whether it was released.
 * @param random 0 up to 1
 */
export function nextLook({ since, until }: Hold, now: number, random: number): number {
  const look = Math.min(LONGEST_LOOK_MS, Math.max(LEAST_LOOK_MS, (now - Date.parse(since)) * LOOK_SHARE));
  const left = Date.parse(until) - now;
  return now + (left < look ? left + look * SPREAD * random : spread(look, SPREAD, random));
}
