import type { AdapterOptions } from "../../model/adapter.ts";
import { seconds } from "../../model/duration.ts";
import { RetryLaterError } from "../../model/errors.ts";
import { rateKey } from "../../protocol/table.ts";
import { contending, spread } from "../backoff.ts";
import { LONGEST_IN_CALL_WAIT_MS } from "../limits.ts";
import type { Clock } from "../ports.ts";
import { absent, all, any, compare, type Table } from "../ports.ts";

type Limit = NonNullable<AdapterOptions<unknown>["rateLimit"]>;

/** Share of the calls that may come at once; the rest is spread evenly. */
const BURST_SHARE = 0.1;
const TRIES = 3;

/**
 * The generic cell rate algorithm over one item that all functions share: `tat` is when the next call would be due if calls came
 * evenly. In no window of length `per` the third party sees more than `calls`.
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 *
 * @returns a function that waits for its turn, up to a second, and reserves it.
 *   @throws RetryLaterError `RATE_LIMITED` when the turn is later
 */
export function rateLimiter(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly adapter: string;
  readonly limit: Limit;
}): (signal: AbortSignal) => Promise<void> {
  const { table, clock, random, adapter, limit } = options;
  const key = rateKey(adapter);
  const burst = Math.max(1, Math.floor(limit.calls * BURST_SHARE));
  const interval = (seconds(limit.per) * 1_000) / (limit.calls - burst + 1);
  const tolerance = (burst - 1) * interval;
  const horizon = tolerance + LONGEST_IN_CALL_WAIT_MS;

  return async (signal) => {
    const reserved = await contending(TRIES, async () => {
      const now = clock.now();
      const queued = await table.update(
        key,
        { add: { tat: interval } },
        all(compare("tat", ">", now), compare("tat", "<=", now + horizon)),
      );
      if (queued) {
        const wait = Number(queued.tat) - interval - tolerance - now;
        if (wait > 0) await clock.sleep(wait, signal);
        return true;
      }
      if (await table.update(key, { set: { tat: now + interval } }, any(absent("tat"), compare("tat", "<=", now)))) return true;
      const wait = Number((await table.get(key))?.tat ?? 0) - tolerance - now;
      if (wait > LONGEST_IN_CALL_WAIT_MS) throw later(wait);
      return undefined;
    });
    if (!reserved) throw later(LONGEST_IN_CALL_WAIT_MS);
  };

  // Spread, or all waiting messages would come back at the same moment.
  function later(waitMs: number): RetryLaterError {
    const after = Math.ceil(spread(waitMs, 1, random()) / 1_000);
    return new RetryLaterError(
      `${adapter} has been called ${limit.calls} times in ${limit.per}. The message waits ${after} seconds.`,
      {
        after: `${after} seconds`,
        code: "RATE_LIMITED",
      },
    );
  }
}
