import { randomBytes } from "node:crypto";
import type { Clock } from "../../emulator/clock.ts";

export type Credentials = Readonly<Record<string, string>>;

/** Lifetime of an access token in seconds. */
export const TOKEN_LIFE = 3_600;
const KEPT_TOKENS = 1_000;

/** Access tokens that one third party issued, in memory only. A restart revokes them. */
export class Tokens {
  readonly #clock: Clock;
  readonly #expiry = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(): string {
    const token = randomBytes(24).toString("base64url");
    this.#expiry.set(token, this.#clock.now() + TOKEN_LIFE * 1_000);
    const [oldest] = this.#expiry.keys();
    if (this.#expiry.size > KEPT_TOKENS && oldest !== undefined) this.#expiry.delete(oldest);
    return token;
  }

  isValid(token: string): boolean {
    return (this.#expiry.get(token) ?? 0) > this.#clock.now();
  }
}
