import type { Clock } from "./ports.ts";

/** Waits between tries. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export interface Backoff {
  /** `none`: the bound. `full`: random, 0 up to the bound. `equal`: random, half of the bound up to all of it. */
  readonly jitter: "none" | "full" | "equal";
  /** Bound of the first wait, in any unit of time: waits are in the same one. */
  readonly base: number;
  /** Largest bound. */
  readonly cap: number;
  /** Factor from one bound to the next. @default 2 */
  readonly growth?: number;
}

/**
 * @param retry number of the wait, from 1
 * @param random 0 up to 1
 * @returns the wait, in the unit of `base`
 */
export function waitOf({ jitter, base, cap, growth = 2 }: Backoff, retry: number, random: number): number {
  const bound = Math.min(cap, base * growth ** (retry - 1));
  if (jitter === "none") return bound;
  return jitter === "full" ? bound * random : bound / 2 + (bound / 2) * random;
}

/** Lengthens a wait by up to `share` of it, so that what waits for the same moment does not come back all at once. */
export const spread = (wait: number, share: number, random: number): number => wait * (1 + share * random);

/**
 * Tries, with waits in between, until there is a result.
 * @param limits.attempts and limits.withinMs, from the first try to the end of the last wait. @default no limit
 * @param attempt returns `undefined` to be called again
 * @returns `undefined` when attempts or time are used up
 */
export async function retrying<T>(
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  backoff: Backoff,
  limits: { readonly attempts?: number; readonly withinMs?: number; readonly signal?: AbortSignal },
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { attempts = Number.POSITIVE_INFINITY, withinMs = Number.POSITIVE_INFINITY, signal } = limits;
  const end = clock.now() + withinMs;
  for (let tries = 1; ; tries += 1) {
    const result = await attempt();
    if (result !== undefined || tries >= attempts) return result;
    const wait = waitOf(backoff, tries, random());
    if (clock.now() + wait >= end) return undefined;
    await clock.sleep(wait, signal);
  }
}

/** As `retrying`, without waits: for a conditional write, where each try that is lost was won by another function. */
export async function contending<T>(attempts: number, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let tries = 1; tries <= attempts; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  return undefined;
}
