/**
 * Limits how many execution environments initialize at the same time. On AWS each has its own machine; here all share one, and loading a
 * bundle takes a good part of a second. If dozens load at once, all of them exceed the initialization timeout and start again.
 */
export class StartGate {
  readonly #limit: number;
  readonly #waiting: { readonly others: number; readonly enter: () => void }[] = [];
  #inside = 0;

  /** @param limit maximum number of concurrent starts, 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `start` when the limit allows it.
   * @param others number of environments that the function already has. The function with the fewest starts first; ties start in order
   *   of arrival.
   * @returns the result of `start`
   */
  async run<T>(others: number, start: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#limit) this.#inside += 1;
    // A finished start passes its place to the next.
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
