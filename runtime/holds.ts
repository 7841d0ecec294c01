import { HOLDS, type Hold, type Holdable, holdOn } from "../protocol/holds.ts";
import { holdsKey } from "../protocol/table.ts";
import { spread } from "./backoff.ts";
import { patientTable } from "./patient-table.ts";
import type { Clock, Item, Table } from "./ports.ts";

/** A hold, or its release, takes effect within this. */
const FRESH_MS = 5_000;

/** Holds as the item has them, those that are over as well. */
export const holdsIn = (item: Item | undefined): readonly Hold[] =>
  item?.[HOLDS] === undefined ? [] : (JSON.parse(String(item[HOLDS])) as Hold[]);

/**
 * Reads what operators hold, once in five seconds in each container.
 * @returns a function that returns the hold on a step or an endpoint; it throws what the table throws
 */
export function holdReader(services: { readonly table: Table; readonly clock: Clock; readonly random: () => number }) {
  const { clock } = services;
  const table = patientTable(services);
  let read: { readonly at: number; readonly holds: Promise<readonly Hold[]> } | undefined;
  return async (what: Holdable): Promise<Hold | undefined> => {
    if (!read || clock.now() - read.at >= FRESH_MS) {
      const holds = table.get(holdsKey).then(holdsIn);
      const mine = { at: clock.now(), holds };
      read = mine;
      // The next message tries again.
      holds.catch(() => {
        if (read === mine) read = undefined;
      });
    }
    return holdOn(await read.holds, what, clock.now());
  };
}

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
