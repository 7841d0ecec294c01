import { randomUUID } from "node:crypto";
import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { expiry, serialKey } from "../../../../protocol/table.ts";
import { type Backoff, waitOf } from "../../../backoff.ts";
import type { Clock } from "../../../ports.ts";
import { absent, all, any, type Condition, compare, type Item, type Key, type Table } from "../../../ports.ts";

/** A delivery that asks for a key. */
interface Claim {
  /** The value of which one delivery at a time is handled, as in the partition key. */
  readonly key: string;
  readonly delivery: string;
  /** When its message was sent to the queue, ms since the epoch. */
  readonly since: number;
  /** Latest end of its invocation, ms since the epoch: the lease expires then if the function crashes. */
  readonly until: number;
  /** How often its message was received. */
  readonly receives: number;
}

/** A key that the delivery holds. */
export interface Lease {
  /** Newest version handled under this key. */
  readonly handled: number | undefined;
  /** Releases the key. @param handled the version that was handled */
  release(handled?: number): Promise<void>;
}
type Taken = { readonly kind: "held"; readonly lease: Lease } | { readonly kind: "busy"; readonly waitSeconds: number };

/** A delivery that has waited this long reserves the key. */
const PATIENCE_MS = 30_000;
/** Grace period: a reservation stays valid this long after its holder's next poll. */
const SLACK_MS = 10_000;
/** With waits that grow to this, MAX_RECEIVES (protocol/limits.ts) last more than a day and a half. */
const LONGEST_WAIT_SECONDS = 300;
/** In seconds; doubles every third receive. */
const BACKOFF: Backoff = { jitter: "equal", base: 2 ** (1 / 3), cap: LONGEST_WAIT_SECONDS, growth: 2 ** (1 / 3) };
/** Longest poll interval of the delivery that holds the reservation. */
const RESERVED_WAIT_SECONDS = 5;

/**
 * Leases of one step's keys. Each is one item, taken and released by one conditional UpdateItem. A delivery that does not get the key
 * polls again later. A delivery that has waited for 30 seconds reserves the key, the oldest before all others, so that a busy key starves
 * no delivery.
 */
export function leases(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly flow: string;
  readonly step: string;
}): (claim: Claim) => Promise<Taken> {
  const { table, clock, random, flow, step } = options;

  return async (claim) => {
    const key = serialKey(flow, step, claim.key);
    const owner = randomUUID();
    const now = clock.now();
    const free = any(absent("leaseUntil"), compare("leaseUntil", "<=", now));
    const open = any(absent("nextUntil"), compare("nextUntil", "<=", now), compare("next", "=", claim.delivery));
    const set = { owner, leaseUntil: claim.until, nextUntil: 0, ...expiry(now, RECORD_LIFE_SECONDS) };
    const taken = await table.update(key, { set }, all(free, open));
    // If the SDK retried after a lost response, the write was ours.
    const item = taken ?? (await table.get(key));
    if (item?.owner === owner) return { kind: "held", lease: leaseOf(key, owner, item) };
    const patient = now - claim.since < PATIENCE_MS;
    const waitSeconds = patient ? pause(claim.receives) : Math.min(pause(claim.receives), RESERVED_WAIT_SECONDS);
    if (patient || !(await reserve(key, claim, now + waitSeconds * 1_000 + SLACK_MS)))
      return { kind: "busy", waitSeconds: pause(claim.receives) };
    return { kind: "busy", waitSeconds };
  };

  /** @returns false when the key is reserved for an older delivery */
  async function reserve(key: Key, { delivery, since }: Claim, nextUntil: number): Promise<boolean> {
    const behind: Condition = any(
      absent("nextUntil"),
      compare("nextUntil", "<=", clock.now()),
      compare("next", "=", delivery),
      compare("nextSince", ">", since),
    );
    return table.write(key, { set: { next: delivery, nextSince: since, nextUntil } }, behind);
  }

  function leaseOf(key: Key, owner: string, { handled }: Item): Lease {
    const known = handled === undefined ? undefined : Number(handled);
    return {
      handled: known,
      async release(version) {
        const newer = version !== undefined && (known === undefined || version > known) ? { handled: version } : {};
        await table.write(key, { set: { leaseUntil: 0, ...newer } }, compare("owner", "=", owner));
      },
    };
  }

  /** Whole seconds, at least 1; longer with each receive. */
  function pause(receives: number): number {
    return Math.max(1, Math.ceil(waitOf(BACKOFF, receives, random())));
  }
}
