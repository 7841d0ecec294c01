/** Reports a scenario in mocha's format. Each check builds on the previous ones, so the first failure ends the scenario. */
export class Report {
  passing = 0;
  /** Why the scenario ended early, with its trace. */
  failure?: string;
  readonly #name: string;

  /** @param name of the scenario, on each line: others run at the same time */
  constructor(name: string) {
    this.#name = name;
  }

  async it(what: string, check: () => Promise<readonly string[]>) {
    const start = performance.now();
    const faults = await check().catch((error: Error) => [error.message]);
    if (faults.length > 0) throw new Error(`${this.#name}: ${what}:\n      ${faults.join("\n      ")}`);
    this.passing += 1;
    console.log(`    ✔ ${this.#name}: ${what} (${((performance.now() - start) / 1_000).toFixed(1)} s)`);
  }
}

/** @returns the message when the condition is false */
export const unless = (so: boolean, message: string): readonly string[] => (so ? [] : [message]);
