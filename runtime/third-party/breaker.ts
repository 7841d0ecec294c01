import { RetryLaterError } from "../../model/errors.ts";
import type { ThirdPartyStatus } from "../../protocol/status.ts";
import { breakerKey } from "../../protocol/table.ts";
import { spread, waitOf } from "../backoff.ts";
import type { Clock } from "../ports.ts";
import { compare, type Item, type Table } from "../ports.ts";

/** Consecutive failures, of all functions together, that open the breaker. */
export const FAILURES_TO_OPEN = 5;
/** Between the last failure and the first probe; doubled after each failed probe. */
const FIRST_PAUSE_MS = 10_000;
/** Longest pause between probes: the hub notices a recovered third party within this. */
export const LONGEST_PAUSE_MS = 300_000;
/** Waiting messages come back spread over this share of their wait. */
const SPREAD = 0.2;

/** Permission for one call. Report its result. */
export interface Pass {
  succeeded(): Promise<void>;
  /** @returns the error to throw instead of the failure when the message must wait without using up an attempt */
  failed(): Promise<RetryLaterError | undefined>;
}

/**
 * A circuit breaker that all functions share through one item. While it is closed, consecutive failures are counted. The fifth opens it:
 * calls are refused, and the messages wait in their queues. After the pause, a conditional write admits one caller as a probe. That write
 * starts the next pause, so a probe that crashes blocks nothing. A successful call closes the breaker. https://martinfowler.com/bliki/CircuitBreaker.html
 *
 * @returns a function that returns permission for one call, or throws RetryLaterError `CIRCUIT_OPEN`
 */
export function circuitBreaker(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly adapter: string;
  /** Called when the breaker opens, and after each failed probe. @default nothing happens */
  readonly onOpen?: () => void;
}): () => Promise<Pass> {
  const { table, clock, random, adapter, onOpen = () => {} } = options;
  const key = breakerKey(adapter);

  return async () => {
    const { failures, openUntil, probes } = stateOf(await table.get(key));
    if (failures < FAILURES_TO_OPEN) return closed(failures > 0);
    const wait = openUntil - clock.now();
    if (wait > 0) throw later(wait);
    const pause = pauseMs(probes + 1);
    const change = { set: { openUntil: clock.now() + pause }, add: { probes: 1 } };
    if (!(await table.write(key, change, compare("openUntil", "=", openUntil)))) throw later(pause);
    return {
      succeeded: close,
      failed: async () => {
        onOpen();
        return later(pause);
      },
    };
  };

  function closed(hasFailed: boolean): Pass {
    return {
      succeeded: async () => {
        if (hasFailed) await close();
      },
      failed: async () => {
        const { failures } = stateOf(await table.update(key, { add: { failures: 1 }, setOnce: { openUntil: 0, probes: 0 } }));
        if (failures < FAILURES_TO_OPEN) return undefined;
        // Exactly one of the calls that fail together is the fifth. If it crashes here, the next caller is a probe at once.
        if (failures === FAILURES_TO_OPEN) {
          onOpen();
          await table.write(key, { set: { openUntil: clock.now() + FIRST_PAUSE_MS, probes: 0 } });
        }
        return later(FIRST_PAUSE_MS);
      },
    };
  }

  async function close(): Promise<void> {
    await table.write(key, { set: { failures: 0, openUntil: 0, probes: 0 } });
  }

  function later(waitMs: number): RetryLaterError {
    const after = Math.max(1, Math.ceil(spread(waitMs, SPREAD, random()) / 1_000));
    return new RetryLaterError(
      `${adapter} has failed ${FAILURES_TO_OPEN} times in a row and is not called for a while. The message waits ${after} seconds.`,
      { after: `${after} seconds`, code: "CIRCUIT_OPEN" },
    );
  }
}

/** @param probe its number since the breaker opened, from 1 */
const pauseMs = (probe: number) => waitOf({ jitter: "none", base: FIRST_PAUSE_MS, cap: LONGEST_PAUSE_MS }, probe + 1, 0);

/** @param now ms since the epoch. @returns the breaker as people are shown it */
export function breakerOf(item: Item | undefined, now: number): Omit<ThirdPartyStatus, "name"> {
  const { failures, openUntil } = stateOf(item);
  if (failures < FAILURES_TO_OPEN) return { breaker: "closed", failures, openUntil: null };
  if (openUntil <= now) return { breaker: "half-open", failures, openUntil: null };
  return { breaker: "open", failures, openUntil: new Date(openUntil).toISOString() };
}

const stateOf = (item: Item | undefined) => ({
  failures: Number(item?.failures ?? 0),
  openUntil: Number(item?.openUntil ?? 0),
  probes: Number(item?.probes ?? 0),
});
