import { createHash } from "node:crypto";

/**
 * Decides by a seed and by what the decision is about, not by when it is asked: the same run throws the same dice however its
 * threads interleave.
 */
export class Dice {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** @returns from 0 up to 1, the same for the same words */
  roll(...about: readonly (string | number)[]): number {
    const hash = createHash("sha256")
      .update(JSON.stringify([this.#seed, ...about]))
      .digest();
    return hash.readUIntBE(0, 6) / 2 ** 48;
  }

  /** @returns one of the choices, each as likely */
  pick<T>(choices: readonly [T, ...T[]], ...about: readonly (string | number)[]): T {
    return choices[Math.floor(this.roll(...about) * choices.length)] ?? choices[0];
  }
}
