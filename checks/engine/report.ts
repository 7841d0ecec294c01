/** Reports a scenario in mocha's format. Each check builds on the previous ones, so the first failure ends the scenario. */
export class Report {
  passing = 0;

  async it(what: string, check: () => Promise<readonly string[]>) {
    const start = performance.now();
    const faults = await check().catch((error: Error) => [error.message]);
    if (faults.length > 0) throw new Error(`${what}:\n      ${faults.join("\n      ")}`);
    this.passing += 1;
    console.log(`    ✔ ${what} (${((performance.now() - start) / 1_000).toFixed(1)} s)`);
  }
}

/** @returns the message when the condition is false */
export const unless = (so: boolean, message: string): readonly string[] => (so ? [] : [message]);
