import type { Clock } from "../clock.ts";
import type { RateBased } from "./types.ts";

/** Length of a counting slot: the precision of a window's end. */
const SLOT_MS = 10_000;
/** Maximum number of addresses per rule. https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-limits.html */
const MAX_ADDRESSES = 10_000;

/** Counts the requests of each address in a sliding window, including blocked requests. */
export class RateCounter {
  readonly #limit: number;
  readonly #slots: number;
  readonly #clock: Clock;
  /** Address -> slot -> number of requests. Addresses are in the order of their last request. */
  readonly #counts = new Map<string, Map<number, number>>();

  constructor({ limit, evaluationWindowSec = 300 }: RateBased, clock: Clock) {
    this.#limit = limit;
    this.#slots = (evaluationWindowSec * 1_000) / SLOT_MS;
    this.#clock = clock;
  }

  /** Counts a request. @returns whether its address now exceeds the limit */
  isOver(address: string): boolean {
    const now = Math.floor(this.#clock.now() / SLOT_MS);
    const counts = this.#counts.get(address) ?? new Map<number, number>();
    this.#counts.delete(address);
    this.#counts.set(address, counts);
    counts.set(now, (counts.get(now) ?? 0) + 1);
    for (const slot of counts.keys()) if (slot <= now - this.#slots) counts.delete(slot);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MAX_ADDRESSES && oldest !== undefined) this.#counts.delete(oldest);
    return [...counts.values()].reduce((sum, count) => sum + count, 0) > this.#limit;
  }
}
