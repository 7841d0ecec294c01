import type { Clock } from "../clock.ts";
import type { RateBased } from "./types.ts";

/** Requests are counted by slots of this length, so a window's end is this exact. */
const SLOT_MS = 10_000;
/** WAF acts on as many addresses of a rule at once. https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-limits.html */
const ADDRESSES = 10_000;

/** Counts the requests of each address over a sliding window; refused ones count as well. */
export class RateCounter {
  readonly #limit: number;
  readonly #slots: number;
  readonly #clock: Clock;
  /** Address -> slot -> requests; the address that came last is the last. */
  readonly #counts = new Map<string, Map<number, number>>();

  constructor({ limit, evaluationWindowSec = 300 }: RateBased, clock: Clock) {
    this.#limit = limit;
    this.#slots = (evaluationWindowSec * 1_000) / SLOT_MS;
    this.#clock = clock;
  }

  /** Counts a request. @returns whether its address is over the limit now */
  isOver(address: string): boolean {
    const now = Math.floor(this.#clock.now() / SLOT_MS);
    const counts = this.#counts.get(address) ?? new Map<number, number>();
    this.#counts.delete(address);
    this.#counts.set(address, counts);
    counts.set(now, (counts.get(now) ?? 0) + 1);
    for (const slot of counts.keys()) if (slot <= now - this.#slots) counts.delete(slot);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > ADDRESSES && oldest !== undefined) this.#counts.delete(oldest);
    return [...counts.values()].reduce((sum, count) => sum + count, 0) > this.#limit;
  }
}
