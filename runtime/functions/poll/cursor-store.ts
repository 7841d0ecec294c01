import { randomUUID } from "node:crypto";
import type { PollRun } from "../../../protocol/status.ts";
import { pollKey } from "../../../protocol/table.ts";
import { absent, all, any, type Clock, compare, type Item, type Table } from "../../ports.ts";
import { retryingTable } from "../../retrying-table.ts";

/** Where a poll is; docs/internals.md, "State table". */
export interface Place {
  /** JSON text; `undefined` before the first page that moved it. */
  readonly cursor: string | undefined;
  /** How often the cursor has moved: a cursor that comes back to an earlier value is another place. */
  readonly moves: number;
  /** Since when runs end because a third party asks to be called later, ms since the epoch. */
  readonly putOffSince: number | undefined;
}

/** The run's right to read pages. */
export interface Lease extends Place {
  /** Unique. */
  readonly owner: string;
  /** Stores where the next page begins. @returns false when another run has taken the lease */
  move(to: { readonly cursor: string; readonly moves: number }): Promise<boolean>;
  /** Lets the next run begin at once. @param putOff whether this run ended because a third party asks to be called later */
  release(putOff: boolean, run: PollRun): Promise<void>;
}

/**
 * The item of a poll: one run at a time, since AWS may start a run twice, and a run may take longer than the interval.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
 * @param options.flow its first name
 */
export function cursorStore(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly flow: string;
  readonly trigger: string;
}) {
  const { clock, flow, trigger } = options;
  const table = retryingTable(options);
  const key = pollKey(flow, trigger);

  return {
    /**
     * @param of.startedAt of the run, ISO 8601
     * @param of.leaseUntil end of the invocation, ms since the epoch
     * @param of.scheduledAt the time that its schedule says, ISO 8601; `undefined` where an operator started it
     * @returns `undefined` while another run has the lease
     */
    async take({
      scheduledAt,
      ...of
    }: {
      readonly startedAt: string;
      readonly leaseUntil: number;
      readonly scheduledAt: string | undefined;
    }): Promise<Lease | undefined> {
      const owner = randomUUID();
      const free = any(absent("leaseUntil"), compare("leaseUntil", "<=", clock.now()));
      const taken = await table.update(key, { set: { owner, ...of, ...(scheduledAt !== undefined && { scheduledAt }) } }, free);
      const item = taken ?? (await table.get(key));
      // If the SDK retried after a lost response, it found its own lease.
      if (item?.owner !== owner) return undefined;
      const mine = compare("owner", "=", owner);
      return {
        ...placeOf(item),
        owner,
        async move({ cursor, moves }) {
          return table.write(key, { set: { cursor, moves } }, all(mine, compare("leaseUntil", ">", 0)));
        },
        async release(putOff, run) {
          const since = putOff ? { setOnce: { putOffSince: clock.now() } } : { remove: ["putOffSince"] };
          await table.write(key, { set: { leaseUntil: 0, lastRun: JSON.stringify(run) }, ...since }, mine);
        },
      };
    },
  };
}

/** @returns the last run, as the item of a poll has it; `null` before the first one */
export function lastRunIn({ startedAt, lastRun }: Item): PollRun | null {
  if (typeof startedAt !== "string") return null;
  const ended = typeof lastRun === "string" ? (JSON.parse(lastRun) as PollRun) : undefined;
  if (ended?.startedAt === startedAt) return ended;
  return { startedAt, endedAt: null, ended: null, pages: 0, events: 0, error: null };
}

const placeOf = ({ cursor, moves, putOffSince }: Item): Place => ({
  cursor: typeof cursor === "string" ? cursor : undefined,
  moves: Number(moves ?? 0),
  putOffSince: typeof putOffSince === "number" ? putOffSince : undefined,
});
