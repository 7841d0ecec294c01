/** The event loop lags when a timer fires this much late, in milliseconds. */
const LAG_MS = 200;
const TICK_MS = 50;
/** Longest time that a batch gives way, in milliseconds of the wall clock: queues still progress under steady calls. */
const MAX_WAIT_MS = 1_000;

/**
 * Lets calls of the API go first. On AWS the API and the pollers of queues run on machines of their own; here they share one event
 * loop, and a backlog would keep callers waiting for minutes.
 */
export class BackgroundWork {
  #held: PromiseWithResolvers<void> | undefined;
  #calls = 0;
  #lastTick = performance.now();
  readonly #timer = setInterval(() => (this.#lastTick = performance.now()), TICK_MS).unref();
  readonly #lagMs: () => number;

  /** @param lagMs current lag of the event loop in milliseconds. @default measured by a timer */
  constructor(lagMs?: () => number) {
    this.#lagMs = lagMs ?? (() => performance.now() - this.#lastTick - TICK_MS);
  }

  /** From now on `turn` waits for `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Runs a call of the API. While one runs and the event loop lags, background work gives way. */
  async first<T>(call: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      return await call();
    } finally {
      this.#calls -= 1;
    }
  }

  /** Resolves when the next piece of background work may start, or when the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    if (this.#held) await unlessAborted(this.#held.promise, signal);
    const end = performance.now() + MAX_WAIT_MS;
    while (!signal.aborted && this.#calls > 0 && this.#lagMs() > LAG_MS && performance.now() < end)
      await new Promise((next) => setTimeout(next, TICK_MS));
  }

  /** Ends the measurement. */
  close(): void {
    clearInterval(this.#timer);
  }
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", abort);
}
