import { VirtualTime } from "../../../testing/virtual-time.ts";

/** Turns of the event loop without a call of the clock or of what reports to it, after which everything waits for time to pass. */
const QUIET_TURNS = 4;

/** A clock for simulations of many functions at once. */
export class SimulatedTime extends VirtualTime {
  #activity = 0;

  constructor() {
    super(Date.parse("2026-11-24T10:00:00.000Z"));
  }

  touch(): void {
    this.#activity += 1;
  }

  /** Lets time pass until `done` holds. @throws Error when nothing waits for time and it does not hold, or after `hours` */
  async until(done: () => boolean, hours: number): Promise<void> {
    const end = this.now() + hours * 3_600_000;
    for (;;) {
      await this.#settle();
      if (done()) return;
      if (!this.endNext()) throw new Error("nothing waits for time to pass");
      if (this.now() > end) throw new Error(`it is not done after ${hours} hours`);
    }
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      const before = this.#activity;
      await new Promise(setImmediate);
      if (this.#activity !== before) quiet = -1;
    }
  }
}
