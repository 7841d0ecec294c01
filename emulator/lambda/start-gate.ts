interface Waiting {
  readonly others: number;
  readonly urgent: boolean;
  readonly enter: () => void;
}

/**
 * Limits how many execution environments initialize at the same time. On AWS each has its own machine; here all share one, and loading a
 * bundle takes a good part of a second. If dozens load at once, all of them exceed the initialization timeout and start again.
 */
export class StartGate {
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #inside = 0;

  /** @param limit maximum number of concurrent starts, 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `start` when the limit allows it.
   * @param others number of environments that the function already has. The function with the fewest starts first; ties start in order
   *   of arrival.
   * @param urgent whether a caller waits for the answer. Such a start goes first, and has a place of its own beyond the limit
   * @returns the result of `start`
   */
  async run<T>(others: number, start: () => Promise<T>, urgent = false): Promise<T> {
    if (this.#inside < this.#limit + (urgent ? 1 : 0)) this.#inside += 1;
    else await new Promise<void>((enter) => this.#waiting.push({ others, urgent, enter }));
    try {
      return await start();
    } finally {
      this.#inside -= 1;
      this.#admit();
    }
  }

  #admit() {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#inside += 1;
      next.enter();
    }
  }

  /** The start that may enter now; undefined when the limit allows none. */
  #next(): Waiting | undefined {
    const urgent = this.#waiting.filter((start) => start.urgent);
    if (this.#inside >= this.#limit + (urgent.length > 0 ? 1 : 0)) return undefined;
    const eligible = urgent.length > 0 ? urgent : this.#waiting;
    const fewest = Math.min(...eligible.map(({ others }) => others));
    return eligible.find(({ others }) => others === fewest);
  }
}
