import { createHash } from "node:crypto";

/**
 * Random numbers that depend on a seed and on the subject, not on the order of calls: a repeated run gets the same numbers, however its
 * threads interleave.
 */
export class Dice {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** @returns a number from 0 to below 1, the same for the same subject */
  roll(...about: readonly (string | number)[]): number {
    const hash = createHash("sha256")
      .update(JSON.stringify([this.#seed, ...about]))
      .digest();
    return hash.readUIntBE(0, 6) / 2 ** 48;
  }

  /** @returns one of the choices with equal probability */
  pick<T>(choices: readonly [T, ...T[]], ...about: readonly (string | number)[]): T {
    return choices[Math.floor(this.roll(...about) * choices.length)] ?? choices[0];
  }
}
