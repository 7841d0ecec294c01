import { type Clock, realClock } from "./clock.ts";
import type { Store } from "./store.ts";

const EVERY_MS = 500;

/**
 * A clock that does not go back over restarts, though it ran faster than the wall clock: what was due in the last run is due in this.
 * @param speed how many times faster than the wall clock it runs
 */
export function keptClock(store: Store, speed: number): { readonly clock: Clock; readonly stop: () => void } {
  store.sql("CREATE TABLE IF NOT EXISTS hub_clock (id INTEGER PRIMARY KEY CHECK (id = 1), now REAL NOT NULL) STRICT").run();
  const kept = Number(store.sql("SELECT now FROM hub_clock").get()?.now ?? 0);
  const start = Date.now();
  const clock = realClock(speed, Math.max(start, kept));
  const keep = () =>
    void store.sql("INSERT INTO hub_clock VALUES (1, ?) ON CONFLICT DO UPDATE SET now = excluded.now").run(clock.now());
  // A clock that goes with the wall clock need not be remembered; one that an earlier, faster run has put ahead does.
  const goesWithWall = speed === 1 && kept <= start;
  const timer = goesWithWall ? undefined : setInterval(keep, EVERY_MS).unref();
  return {
    clock,
    stop: () => {
      clearInterval(timer);
      if (!goesWithWall) keep();
    },
  };
}
