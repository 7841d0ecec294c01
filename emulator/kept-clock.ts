import { type Clock, realClock } from "./clock.ts";
import { isOutOfSpace, type Store } from "./store.ts";

const EVERY_MS = 500;

/**
 * A clock that does not go back after a restart, also when an earlier run was faster than the wall clock. What was due in the last
 * run is still due.
 * @param speed factor to the wall clock, 1 to 1000
 */
export function keptClock(store: Store, speed: number): { readonly clock: Clock; readonly stop: () => void } {
  store.sql("CREATE TABLE IF NOT EXISTS hub_clock (id INTEGER PRIMARY KEY CHECK (id = 1), now REAL NOT NULL) STRICT").run();
  const kept = Number(store.sql("SELECT now FROM hub_clock").get()?.now ?? 0);
  const start = Date.now();
  const clock = realClock(speed, Math.max(start, kept));
  const keep = () => {
    try {
      store.sql("INSERT INTO hub_clock VALUES (1, ?) ON CONFLICT DO UPDATE SET now = excluded.now").run(clock.now());
    } catch (error) {
      // The store has reported it, and the next call keeps a later time.
      if (!isOutOfSpace(error)) throw error;
    }
  };
  // A clock that equals the wall clock needs no record. A clock that an earlier, faster run set ahead does.
  const equalsWallClock = speed === 1 && kept <= start;
  const timer = equalsWallClock ? undefined : setInterval(keep, EVERY_MS).unref();
  return {
    clock,
    stop: () => {
      clearInterval(timer);
      if (!equalsWallClock) keep();
    },
  };
}
