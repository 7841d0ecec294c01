/** Time as the emulated services see it; sped up, backoffs and deadlines can be tested without waiting for them. */
export interface Clock {
  /** Milliseconds since the epoch, on this clock. */
  now(): number;
  /** Resolves after `ms` of this clock's time, or at once when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** How many times faster than the wall clock it runs. @default 1 */
  readonly speed?: number;
}

/**
 * @param speed how many times faster than the wall clock it runs. @default 1
 * @param from what it shows now: a clock that ran fast must not go back when the hub starts again. @default the wall clock's time
 */
export function realClock(speed = 1, from = Date.now()): Clock {
  const start = Date.now();
  return {
    speed,
    now: () => from + (Date.now() - start) * speed,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(ms / speed, 2 ** 31 - 1));
        signal?.addEventListener("abort", done, { once: true });
      }),
  };
}
