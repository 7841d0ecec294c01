import { randomUUID } from "node:crypto";
import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { expiry, serialKey } from "../../../../protocol/table.ts";
import { type Backoff, waitOf } from "../../../backoff.ts";
import type { Clock } from "../../../ports.ts";
import { absent, all, any, type Condition, compare, type Item, type Key, type Table } from "../../../ports.ts";

/** Who asks for a key. */
interface Claim {
  /** The value that must not be worked on twice at once, as it stands in the partition's key. */
  readonly key: string;
  readonly delivery: string;
  /** When it came to the queue, ms since the epoch. */
  readonly since: number;
  /** When its invocation ends at the latest: a crash frees the key then. ms since the epoch */
  readonly until: number;
  /** Times that it has come. */
  readonly receives: number;
}

/** A key that is held. */
export interface Lease {
  /** The newest version that has been handled under this key. */
  readonly handled: number | undefined;
  /** Gives the key back. @param handled a version that has been handled now */
  release(handled?: number): Promise<void>;
}
type Taken = { readonly kind: "held"; readonly lease: Lease } | { readonly kind: "busy"; readonly waitSeconds: number };

/** From here on a delivery goes before those that came after it. */
const PATIENCE_MS = 30_000;
/** What a reservation outlives the next look of whom it is for. */
const SLACK_MS = 10_000;
/** With waits that grow to this, MAX_RECEIVES (protocol/limits.ts) last more than a day and a half. */
const LONGEST_WAIT_SECONDS = 300;
/** In seconds; doubles every third receive. */
const BACKOFF: Backoff = { jitter: "equal", base: 2 ** (1 / 3), cap: LONGEST_WAIT_SECONDS, growth: 2 ** (1 / 3) };
/** Looks of whom a key is reserved for: soon, since nobody else takes it meanwhile. */
const RESERVED_WAIT_SECONDS = 5;

/**
 * Leases of one step's keys, each one item, taken and given back by one conditional UpdateItem. Who does not get it looks again later. In
 * the first half a minute whoever looks first has it; who has waited longer reserves it, the one that came first before all others, so
 * that a busy key starves nobody.
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
    // An answer may have been lost, and the SDK tried again: then the write was ours.
    const item = taken ?? (await table.get(key));
    if (item?.owner === owner) return { kind: "held", lease: leaseOf(key, owner, item) };
    const patient = now - claim.since < PATIENCE_MS;
    const waitSeconds = patient ? pause(claim.receives) : Math.min(pause(claim.receives), RESERVED_WAIT_SECONDS);
    if (patient || !(await reserve(key, claim, now + waitSeconds * 1_000 + SLACK_MS)))
      return { kind: "busy", waitSeconds: pause(claim.receives) };
    return { kind: "busy", waitSeconds };
  };

  /** @returns false when it is reserved for one that came before. */
  async function reserve(key: Key, { delivery, since }: Claim, nextUntil: number): Promise<boolean> {
    const behind: Condition = any(
      absent("nextUntil"),
      compare("nextUntil", "<=", clock.now()),
      compare("next", "=", delivery),
      compare("nextSince", ">", since),
    );
    return (await table.update(key, { set: { next: delivery, nextSince: since, nextUntil } }, behind)) !== undefined;
  }

  function leaseOf(key: Key, owner: string, { handled }: Item): Lease {
    const known = handled === undefined ? undefined : Number(handled);
    return {
      handled: known,
      async release(version) {
        const newer = version !== undefined && (known === undefined || version > known) ? { handled: version } : {};
        await table.update(key, { set: { leaseUntil: 0, ...newer } }, compare("owner", "=", owner));
      },
    };
  }

  /** Whole seconds, 1 at least; longer the more often it has come. */
  function pause(receives: number): number {
    return Math.max(1, Math.ceil(waitOf(BACKOFF, receives, random())));
  }
}
