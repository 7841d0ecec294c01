import { setTimeout as sleep } from "node:timers/promises";
import { OPS_ROUTES } from "../protocol/routes.ts";
import type { Connection } from "./connection.ts";
import { call, type DeadLetter, type Decided, findDeadLetters } from "./ops-client.ts";

/** Most ids in one call of the API. */
export const BATCH = 100;
/** Dead letters sent back that are looked for among those that failed again. */
const WATCHED = 1_000;
/** Share of them that may have failed again, and the number below which the share says nothing. */
const TOLERATED = 0.2;
const FEW = 5;

/** What a run did; the numbers do not grow with the dead letters. */
export interface Redriven {
  readonly redriven: number;
  readonly refused: number;
  /** Some of the refusals. */
  readonly results: readonly Decided[];
  /** Why it stopped before the end, and where it goes on: value of `--to`. */
  readonly stopped?: { readonly again: number; readonly watched: number; readonly to: string };
}

/**
 * Sends back all open dead letters that a filter matches, the newest first, page by page, at a rate. Stops by itself when too many of those
 * that it sent back have failed again.
 * @param rate dead letters a second, 1 to 1000
 * @param clock.now when it begins, in milliseconds since 1970. @default now
 * @param more.reason for the audit trail
 */
export async function redriveAll(
  hub: Connection,
  filter: readonly (readonly [string, string])[],
  rate: number,
  { wait = sleep, now = Date.now() }: { readonly wait?: (ms: number) => Promise<unknown>; readonly now?: number } = {},
  more: { readonly reason?: string } = {},
): Promise<Redriven> {
  const begun = new Date(now).toISOString();
  const refusals: Decided[] = [];
  let [redriven, refused] = [0, 0];
  let watched: string[] = [];
  let before = new Set<string>();
  let to = filter.find(([name]) => name === "to")?.[1];
  const others = filter.filter(([name]) => name !== "to");
  for (;;) {
    const page = await findDeadLetters(hub, [...others, ...(to === undefined ? [] : [["to", to] as const])], BATCH);
    // Those of a page's last millisecond come again. What failed after the beginning is left to the next run.
    const fresh = page.deadLetters.filter(({ id, at }) => !before.has(id) && at < begun);
    before = new Set(page.deadLetters.map(({ id }) => id));
    if (fresh.length > 0) {
      const { results } = await call<{ results: Decided[] }>(hub, OPS_ROUTES.redrive, {
        body: { ids: fresh.map(({ id }) => id), ...more },
      });
      const done = results.filter((result) => result.refused === undefined);
      redriven += done.length;
      refused += results.length - done.length;
      refusals.push(...results.filter((result) => result.refused !== undefined).slice(0, BATCH - refusals.length));
      watched = [...watched, ...done.map(({ id }) => id)].slice(-WATCHED);
      await wait((fresh.length / rate) * 1_000);
      const again = await failedAgain(hub, others, begun, watched);
      if (again >= Math.max(FEW, watched.length * TOLERATED)) {
        const last = fresh.at(-1) as DeadLetter;
        return { redriven, refused, results: refusals, stopped: { again, watched: watched.length, to: last.at } };
      }
    }
    if (!page.more || page.next === undefined) return { redriven, refused, results: refusals };
    // More than a page of one millisecond that stay open: those before it have their turn.
    to = page.next === to ? page.deadLetters.at(-1)?.at : page.next;
  }
}

async function failedAgain(
  hub: Connection,
  filter: readonly (readonly [string, string])[],
  begun: string,
  watched: readonly string[],
): Promise<number> {
  const since = [...filter.filter(([name]) => name !== "from"), ["from", begun] as const];
  const { deadLetters } = await findDeadLetters(hub, since, WATCHED);
  const ids = new Set(deadLetters.map(({ id }) => id));
  return watched.filter((id) => ids.has(id)).length;
}
