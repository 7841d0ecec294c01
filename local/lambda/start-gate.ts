/**
 * Lets few environments start at once: on AWS each has its own machine, here all share one, and to load a bundle takes a good part of a
 * second of it. Where dozens load at once none is done in time, all are ended for it, and all begin anew.
 */
export class StartGate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** @param limit 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `start` in its turn, the first to come before all. @returns what it returns */
  async pass<T>(start: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#limit) this.#inside += 1;
    // Whoever leaves hands its place on.
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await start();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
