/**
 * Lets few environments start at once: on AWS each has its own machine, here all share one, and to load a bundle takes a good part of a
 * second of it. Where dozens load at once none is done in time, all are ended for it, and all begin anew.
 */
export class StartGate {
  readonly #limit: number;
  readonly #waiting: { readonly others: number; readonly enter: () => void }[] = [];
  #inside = 0;

  /** @param limit 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `start` in its turn.
   * @param others environments that the function has already: one without any comes first, among equals the one that came first
   * @returns what `start` returns
   */
  async pass<T>(others: number, start: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#limit) this.#inside += 1;
    // Whoever leaves hands its place on.
    else await new Promise<void>((enter) => this.#waiting.push({ others, enter }));
    try {
      return await start();
    } finally {
      const next = this.#next();
      if (next) next.enter();
      else this.#inside -= 1;
    }
  }

  #next() {
    const fewest = Math.min(...this.#waiting.map(({ others }) => others));
    const place = this.#waiting.findIndex(({ others }) => others === fewest);
    return place < 0 ? undefined : this.#waiting.splice(place, 1)[0];
  }
}
