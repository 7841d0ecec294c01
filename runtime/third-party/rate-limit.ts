import type { AdapterOptions } from "../../model/adapter.ts";
import { seconds } from "../../model/duration.ts";
import { RetryLaterError } from "../../model/errors.ts";
import { rateKey } from "../../protocol/table.ts";
import { contending, spread } from "../backoff.ts";
import { LONGEST_IN_CALL_WAIT_MS, LONGEST_SLOT_WAIT_MS } from "../limits.ts";
import { absent, all, any, type Change, type Clock, type Condition, compare, type Item, type Table } from "../ports.ts";
import { retryingTable } from "../retrying-table.ts";

type Limit = NonNullable<AdapterOptions<unknown>["rateLimit"]>;
/** Times, ms since the epoch, from which a delivery may call an adapter, by the adapter's name. Kept in the delivery's record. */
export type Slots = Map<string, number>;

/** Share of the calls that may come at once; the rest is spread evenly. */
const BURST_SHARE = 0.1;
const TRIES = 5;
/**
 * A message asks for its call this long before its slot. So it waits out the write, and most writes find the limit in use: a second function
 * that asks at the same moment only adds to `tat`, and neither write fails.
 */
const LEAD_MS = 200;
/** Reads after a write that was lost because other functions had called since the limit was seen: a lost write costs as much as five reads. */
const READS_AFTER_LOSS = 50;
/** When no call came for this long although one was possible, the schedule is lost: its messages were purged, or wait for something else. */
const ABANDONED_MS = 10_000;

interface State {
  /** When the next call would be due if calls came evenly. */
  readonly tat: number;
  /** End of the schedule: when the next slot begins. Without effect in the past. */
  readonly booked: number;
}
interface Write {
  readonly change: Change;
  readonly condition: Condition;
  /** Calls that it serves. */
  readonly calls: number;
  /** When the first of them may be made. */
  readonly at: (after: State) => number;
}
/** @param guessed the limit is taken to be in use, whatever the state says: it may be of a while ago, or others write at this moment */
type Plan = (state: State, now: number, calls: number, guessed: boolean) => Write | undefined;

/** Calls that wait for the write before them: they share one. */
interface Gathering {
  calls: number;
  readonly done: Promise<{ readonly calls: number; readonly at: number } | undefined>;
}

/**
 * A limit that all functions share through one item, by two timestamps of the generic cell rate algorithm
 * (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm):
 *
 * - `tat` admits calls. In no window of length `per` the third party sees more than `calls`.
 * - `booked` is a schedule without an end. A message whose call would have to wait for more than a second reserves the next slot, and
 *   stays hidden in its queue until the last second before it. While there is a schedule, it admits only calls whose slot has come.
 *
 * A slot that is used late, or never, costs nothing but itself.
 *
 * @returns a function to call once in a run of a handler, with the slots of its delivery (`undefined` where no queue holds the message:
 *   a call is admitted soon or refused). It returns a function that waits for the turn of one call.
 *   @throws RetryLaterError `RATE_LIMITED` when the turn is later; `slots` holds the reserved time then. TableBusyError
 */
export function rateLimiter(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly adapter: string;
  readonly limit: Limit;
}): (slots: Slots | undefined) => (signal: AbortSignal) => Promise<void> {
  const { clock, random, adapter, limit } = options;
  const table = retryingTable(options);
  const key = rateKey(adapter);
  const burst = Math.max(1, Math.floor(limit.calls * BURST_SHARE));
  const interval = (seconds(limit.per) * 1_000) / (limit.calls - burst + 1);
  const tolerance = (burst - 1) * interval;
  /** As last seen. Other functions change it; the conditions of the writes find out. */
  let seen: State | undefined;
  /** When, ms since the epoch. */
  let seenAt = 0;
  let readsDue = 0;
  const admit = {
    /** A message that waited for its slot, and further calls of its handler: they wait for longer than to be received again. */
    atSlot: gathering((state, now, calls, guessed) => admission(state, now, calls, { guessed, longest: LONGEST_SLOT_WAIT_MS })),
    /** No queue waits with it, so no schedule keeps it waiting. */
    soon: gathering((state, now, calls) => admission(state, now, calls, { longest: LONGEST_IN_CALL_WAIT_MS }), {
      needsLatest: true,
    }),
    /** A message that has no slot. */
    unlessBooked: gathering(beforeOthers, { needsLatest: true }),
  };
  const reserve = gathering(reservation);

  return (slots) => {
    let calls = 0;
    let kind: keyof typeof admit = slots ? "unlessBooked" : "soon";
    return async (signal) => {
      calls += 1;
      for (;;) {
        const slot = slots?.get(adapter);
        if (slot !== undefined) {
          // The message came back early: SQS hides for 12 hours at most.
          if (slot > clock.now() + LONGEST_IN_CALL_WAIT_MS + LEAD_MS) throw untilSlot(slot);
          await sleepUntil(slot - LEAD_MS, signal);
          kind = "atSlot";
        }
        const callAt = await admit[kind](1);
        if (callAt !== undefined) {
          slots?.delete(adapter);
          return sleepUntil(callAt, signal);
        }
        // The run makes its calls again when the message comes back.
        const reserved = slots && (await reserve(calls));
        if (reserved === undefined) throw refusal();
        slots?.set(adapter, reserved);
      }
    };
  };

  /**
   * One write at a time, for all calls that came during the write before it.
   * @param needsLatest another function may have called since, so that what was seen counts for a moment; for longer where the limit was idle
   *   and no others are known to use it. @default false
   * @returns a function that takes a number of calls and returns when the first of them may be made; `undefined` when the plan has no place for
   *   it, or other functions were faster each time
   */
  function gathering(plan: Plan, { needsLatest = false } = {}): (calls: number) => Promise<number | undefined> {
    let next: Gathering | undefined;
    let writing: Promise<unknown> = Promise.resolve();
    const gather = (): Gathering => {
      const mine: Gathering = {
        calls: 0,
        done: writing.then(() => {
          next = undefined;
          return written(plan, mine, needsLatest);
        }),
      };
      writing = mine.done.catch(() => {});
      return mine;
    };
    return async (calls) => {
      next ??= gather();
      const mine = next;
      const before = mine.calls;
      mine.calls += calls;
      const done = await mine.done;
      return done && before < done.calls ? done.at + before * interval : undefined;
    };
  }

  function written(plan: Plan, { calls }: Pick<Gathering, "calls">, needsLatest: boolean): Gathering["done"] {
    let tries = 0;
    return contending(TRIES, async () => {
      const isOld = needsLatest && seenAt <= clock.now() - interval;
      if (isOld && (readsDue > 0 || !isIdle(seen, clock.now()))) {
        readsDue -= Math.sign(readsDue);
        seen = undefined;
      }
      const isGuess = isOld && seen !== undefined;
      // A write of the latest state fails where another function was faster: then the limit is in use, most likely.
      const guessed = needsLatest ? tries % 2 === 1 : tries === 0 && seen !== undefined;
      tries += 1;
      seen ??= stateOf(await table.get(key));
      const write = plan(seen, clock.now(), calls, guessed);
      if (!write) return { done: undefined };
      const item = await table.update(key, write.change, write.condition);
      seen = item && stateOf(item);
      seenAt = clock.now();
      if (isGuess && !item) readsDue = READS_AFTER_LOSS;
      return item && { done: { calls: write.calls, at: write.at(stateOf(item)) } };
    }).then((result) => result?.done);
  }

  /** Has no place for a call that would have to wait for longer. While a schedule is worked off, the limit is seldom idle. */
  function admission(
    { tat }: State,
    now: number,
    wanted: number,
    { guessed = false, longest }: { readonly guessed?: boolean; readonly longest: number },
  ): Write | undefined {
    const latest = now + tolerance + longest;
    const calls = Math.min(wanted, 1 + Math.floor((latest - Math.max(tat, now)) / interval));
    if (calls < 1) return undefined;
    const length = calls * interval;
    if (tat <= now && !guessed)
      return {
        change: { set: { tat: now + length } },
        condition: any(absent("tat"), compare("tat", "<=", now)),
        calls,
        at: () => now - tolerance,
      };
    return {
      change: { add: { tat: length } },
      condition: all(compare("tat", ">", now), compare("tat", "<=", latest + interval - length)),
      calls,
      at: (after) => after.tat - length - tolerance,
    };
  }

  /** As `admission`, but the time may also be reserved for others. */
  function beforeOthers(state: State, now: number, wanted: number, guessed: boolean): Write | undefined {
    const { tat, booked } = state;
    const isAbandoned = tat <= now - ABANDONED_MS;
    if (booked > now && !isAbandoned) return undefined;
    const write = admission(state, now, wanted, { guessed, longest: LONGEST_IN_CALL_WAIT_MS });
    if (!write) return undefined;
    const unbooked = any(absent("booked"), compare("booked", "<=", now));
    const free = tat <= now && !guessed ? any(unbooked, compare("tat", "<=", now - ABANDONED_MS)) : unbooked;
    return {
      ...write,
      change: booked > now ? { set: { ...write.change.set, booked: now } } : write.change,
      condition: all(write.condition, free),
    };
  }

  function reservation({ tat, booked }: State, now: number, calls: number): Write {
    const length = calls * interval;
    if (booked > now)
      return {
        change: { add: { booked: length } },
        condition: compare("booked", ">", now),
        calls,
        at: (after) => after.booked - length,
      };
    const start = Math.max(now, tat - tolerance);
    return {
      change: { set: { booked: start + length } },
      condition: any(absent("booked"), compare("booked", "<=", now)),
      calls,
      at: () => start,
    };
  }

  async function sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    const wait = at - clock.now();
    if (wait > 0) await clock.sleep(wait, signal);
  }

  /** SQS hides for whole seconds: the message comes back in the last one before its slot, and waits for the rest in its function. */
  function untilSlot(slot: number): RetryLaterError {
    return later(Math.floor((slot - clock.now()) / 1_000));
  }

  /** Without a slot: spread, or all would come back at the same moment. */
  function refusal(): RetryLaterError {
    const wait = (seen?.tat ?? 0) - tolerance - clock.now();
    return later(Math.ceil(spread(Math.max(wait, LONGEST_IN_CALL_WAIT_MS), 1, random()) / 1_000));
  }

  /** @param after seconds */
  function later(after: number): RetryLaterError {
    return new RetryLaterError(
      `${adapter} takes ${limit.calls} calls in ${limit.per}, and other messages come first. This one waits ${after} seconds.`,
      { after: `${after} seconds`, code: "RATE_LIMITED" },
    );
  }
}

const isIdle = (state: State | undefined, now: number): boolean => state !== undefined && state.tat <= now && state.booked <= now;

const stateOf = (item: Item | undefined): State => ({ tat: Number(item?.tat ?? 0), booked: Number(item?.booked ?? 0) });
