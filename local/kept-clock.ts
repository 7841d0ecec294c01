import { type Clock, realClock } from "./clock.ts";
import type { Store } from "./store.ts";

const EVERY_MS = 500;

/**
 * A clock that does not go back over restarts, though it ran faster than the wall clock: what was due in the last run is due in this.
 * @param speed how many times faster than the wall clock it runs
 */
export function keptClock(store: Store, speed: number): { readonly clock: Clock; readonly stop: () => void } {
  store.sql("CREATE TABLE IF NOT EXISTS hub_clock (id INTEGER PRIMARY KEY CHECK (id = 1), now REAL NOT NULL) STRICT").run();
  const kept = store.sql("SELECT now FROM hub_clock").get()?.now;
  const clock = realClock(speed, Math.max(Date.now(), Number(kept ?? 0)));
  const keep = () =>
    void store.sql("INSERT INTO hub_clock VALUES (1, ?) ON CONFLICT DO UPDATE SET now = excluded.now").run(clock.now());
  // At the wall clock's own pace there is nothing to remember but what an earlier, faster run left.
  const timer = speed === 1 ? undefined : setInterval(keep, EVERY_MS).unref();
  return {
    clock,
    stop: () => {
      clearInterval(timer);
      if (speed !== 1) keep();
    },
  };
}
