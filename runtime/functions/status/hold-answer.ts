import { hasEnded } from "../../../model/ledger/request-status.ts";
import { SLOW_ANSWER_MS } from "../../../protocol/metrics.ts";
import { type Backoff, waitOf } from "../../backoff.ts";
import { LONGEST_WAIT_FOR_UNKNOWN_MS } from "../../limits.ts";
import { measure } from "../../logging/metric.ts";
import type { Clock, Value } from "../../ports.ts";

export interface Timing {
  readonly clock: Clock;
  /** 0 up to 1. */
  readonly random: () => number;
}

/** Between two reads, in ms: about 15 reads in 20 seconds. */
const BACKOFF: Backoff = { jitter: "equal", base: 200, cap: 2_000, growth: 1.5 };

/**
 * Reads a request until it has ended, or waits for an operator as `blocked`, or the wait is over. The last read comes at the end of the wait.
 * @param seconds 0: one read
 * @param read strongly consistent
 * @returns what was read last; `undefined` where the caller sees no such request
 */
export async function held<S extends { readonly status: Value }>(
  { clock, random }: Timing,
  seconds: number,
  read: () => Promise<S | undefined>,
): Promise<S | undefined> {
  const began = clock.now();
  for (let reads = 1; ; reads += 1) {
    const found = await read();
    const most = found ? seconds * 1_000 : Math.min(seconds * 1_000, LONGEST_WAIT_FOR_UNKNOWN_MS);
    const left = began + most - clock.now();
    if (left <= 0 || (found && isOver(String(found.status)))) {
      if (clock.now() - began > SLOW_ANSWER_MS) measure({}, { AnswersHeldBack: 1 });
      return found;
    }
    await clock.sleep(Math.min(left, waitOf(BACKOFF, reads, random())));
  }
}

const isOver = (status: string) => hasEnded(status) || status === "blocked";
