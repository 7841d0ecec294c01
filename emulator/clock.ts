/** Time as the emulated services see it. A fast clock lets tests pass backoffs and deadlines without waiting for them. */
export interface Clock {
  /** Current time of this clock, in milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock's time, or at once when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Speed relative to the wall clock: 60 passes a minute per second. @default 1 */
  readonly speed?: number;
}

/** Why a wait ends early: one value, since `abort()` without one makes an error with a trace, and each call of AWS ends waits. */
export const WOKEN = Symbol("woken");

/**
 * A clock driven by the wall clock.
 * @param speed relative to the wall clock. @default 1
 * @param from current time of the new clock, in milliseconds since the epoch. A clock that ran fast must not go back after a restart.
 *   @default the wall clock's time
 */
export function realClock(speed = 1, from = Date.now()): Clock {
  const start = Date.now();
  return {
    speed,
    now: () => from + (Date.now() - start) * speed,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const timer = setTimeout(finish, Math.min(ms / speed, 2 ** 31 - 1));
        signal?.addEventListener("abort", finish, { once: true });
      }),
  };
}
