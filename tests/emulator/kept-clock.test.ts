import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { keptClock } from "../../emulator/kept-clock.ts";
import { openStore, type Store } from "../../emulator/store.ts";
import { temporaryFolder } from "./endpoint/fixture.ts";

describe("emulator / kept clock", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;
  beforeEach(() => {
    folder = temporaryFolder();
    store = openStore(`${folder.path}/state.sqlite`);
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });
  const kept = () => Number(store.sql("SELECT now FROM hub_clock").get()?.now);
  /** Runs the clock. @returns its time at the end */
  const run = (speed: number) => {
    const { clock, stop } = keptClock(store, speed);
    // The clock moves only when the wall clock does.
    for (const before = Date.now(); Date.now() < before + 3; );
    stop();
    return clock.now();
  };

  it("shows the wall clock's time and stores nothing if it never ran fast", () => {
    expect(run(1) - Date.now()).to.be.within(-1_000, 0);
    expect(store.sql("SELECT count(*) AS n FROM hub_clock").get()?.n).to.equal(0);
  });

  it("continues from the end of a faster run, and never goes back in later runs", () => {
    run(3_600_000);
    expect(kept()).to.be.greaterThan(Date.now() + 3_600_000);
    for (const speed of [1, 1, 5, 1]) {
      const before = kept();
      run(speed);
      expect(kept(), `at ${speed}`).to.be.greaterThan(before);
    }
  });
});
