import type { AdapterOptions } from "../../model/adapter.ts";
import { seconds } from "../../model/duration.ts";
import { RetryLaterError } from "../../model/errors.ts";
import { rateKey } from "../../protocol/table.ts";
import { contending, spread } from "../backoff.ts";
import { LONGEST_IN_CALL_WAIT_MS, LONGEST_SLOT_WAIT_MS } from "../limits.ts";
import { patientTable } from "../patient-table.ts";
import { absent, all, any, type Change, type Clock, type Condition, compare, type Item, type Table } from "../ports.ts";

type Limit = NonNullable<AdapterOptions<unknown>["rateLimit"]>;
/** Times, ms since the epoch, from which a delivery may call an adapter, by the adapter's name. Kept in the delivery's record. */
export type Slots = Map<string, number>;

/** Share of the calls that may come at once; the rest is spread evenly. */
const BURST_SHARE = 0.1;
const TRIES = 5;
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
  /** The time of the call, or the start of the reserved slots. */
  readonly at: (after: State) => number;
}

/** Reservations that wait for the write before them: those of a batch share one write. */
interface Gathering {
  calls: number;
  readonly start: Promise<number | undefined>;
}

/**
 * A limit that all functions share through one item, by two timestamps of the generic cell rate algorithm
 * (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm):
 *
 * - `tat` admits calls. In no window of length `per` the third party sees more than `calls`.
 * - `booked` is a schedule without an end. A message whose call would have to wait for more than a second reserves the next slot, and
 *   stays hidden in its queue until then. While there is a schedule, it admits only calls whose slot has begun.
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
  const table = patientTable(options);
  const key = rateKey(adapter);
  const burst = Math.max(1, Math.floor(limit.calls * BURST_SHARE));
  const interval = (seconds(limit.per) * 1_000) / (limit.calls - burst + 1);
  const tolerance = (burst - 1) * interval;
  /** As last seen. Other functions change it; the conditions of the writes find out. */
  let seen: State | undefined;
  let gathering: Gathering | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  return (slots) => {
    let calls = 0;
    let entered = slots === undefined;
    return async (signal) => {
      calls += 1;
      for (;;) {
        const slot = slots?.get(adapter);
        if (slot !== undefined) {
          // The message came back early: SQS hides for 12 hours at most.
          if (slot > clock.now() + LONGEST_IN_CALL_WAIT_MS) throw later(slot - clock.now());
          await sleepUntil(slot, signal);
          entered = true;
        }
        const longest = slot === undefined ? LONGEST_IN_CALL_WAIT_MS : LONGEST_SLOT_WAIT_MS;
        const callAt = await written((state, now) => admission(state, now, entered, longest));
        if (callAt !== undefined) {
          slots?.delete(adapter);
          return sleepUntil(callAt, signal);
        }
        const reserved = slots && (await reserve(calls));
        if (reserved === undefined) throw refusal();
        slots?.set(adapter, reserved);
      }
    };
  };

  /** @returns `undefined` when nothing can be written, or others were faster each time */
  async function written(plan: (state: State, now: number) => Write | undefined): Promise<number | undefined> {
    return contending(TRIES, async () => {
      seen ??= stateOf(await table.get(key));
      const write = plan(seen, clock.now());
      if (!write) return { at: undefined };
      const item = await table.update(key, write.change, write.condition);
      seen = item && stateOf(item);
      return item && { at: write.at(stateOf(item)) };
    }).then((done) => done?.at);
  }

  /** @returns `undefined` when the call would have to wait for longer, or the time is reserved for others */
  function admission({ tat, booked }: State, now: number, entered: boolean, longest: number): Write | undefined {
    if (!entered && booked > now && tat > now - ABANDONED_MS) return undefined;
    const unbooked = any(absent("booked"), compare("booked", "<=", now));
    if (tat <= now) {
      const free = any(unbooked, compare("tat", "<=", now - ABANDONED_MS));
      return {
        change: { set: { tat: now + interval, ...(!entered && booked > now && { booked: now }) } },
        condition: all(any(absent("tat"), compare("tat", "<=", now)), ...(entered ? [] : [free])),
        at: () => now,
      };
    }
    if (tat > now + tolerance + longest) return undefined;
    return {
      change: { add: { tat: interval } },
      condition: all(compare("tat", ">", now), compare("tat", "<=", now + tolerance + longest), ...(entered ? [] : [unbooked])),
      at: (after) => after.tat - interval - tolerance,
    };
  }

  /**
   * @param calls that the run has made until now: it makes them again when the message comes back
   * @returns when the first of them may be made
   */
  async function reserve(calls: number): Promise<number | undefined> {
    const mine = gathering ?? gather();
    const before = mine.calls * interval;
    mine.calls += calls;
    const start = await mine.start;
    return start === undefined ? undefined : start + before;
  }

  function gather(): Gathering {
    const flush = async (): Promise<number | undefined> => {
      gathering = undefined;
      return written((state, now) => reservation(state, now, mine.calls * interval));
    };
    const mine: Gathering = { calls: 0, start: writing.then(flush) };
    gathering = mine;
    writing = mine.start.catch(() => {});
    return mine;
  }

  function reservation({ tat, booked }: State, now: number, length: number): Write {
    if (booked > now)
      return {
        change: { add: { booked: length } },
        condition: compare("booked", ">", now),
        at: (after) => after.booked - length,
      };
    const start = Math.max(now, tat - tolerance);
    return {
      change: { set: { booked: start + length } },
      condition: any(absent("booked"), compare("booked", "<=", now)),
      at: () => start,
    };
  }

  async function sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    const wait = at - clock.now();
    if (wait > 0) await clock.sleep(wait, signal);
  }

  /** Without a slot: spread, or all would come back at the same moment. */
  function refusal(): RetryLaterError {
    const wait = (seen?.tat ?? 0) - tolerance - clock.now();
    return later(spread(Math.max(wait, LONGEST_IN_CALL_WAIT_MS), 1, random()));
  }

  function later(waitMs: number): RetryLaterError {
    const after = Math.max(1, Math.ceil(waitMs / 1_000));
    return new RetryLaterError(
      `${adapter} takes ${limit.calls} calls in ${limit.per}, and other messages come first. This one waits ${after} seconds.`,
      { after: `${after} seconds`, code: "RATE_LIMITED" },
    );
  }
}

const stateOf = (item: Item | undefined): State => ({ tat: Number(item?.tat ?? 0), booked: Number(item?.booked ?? 0) });
