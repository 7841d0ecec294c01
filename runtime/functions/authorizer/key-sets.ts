import type { JWK, JWTHeaderParameters } from "jose";
import * as z from "zod/mini";
import type { Clock } from "../../ports.ts";
import { NotAuthenticated } from "./refusal.ts";

/** A revoked key is trusted no longer than this. */
const LIFE_MS = 300_000;
/** While the issuer is unreachable, its keys are trusted this long. */
const LONGEST_LIFE_MS = 3_600_000;
/** Between two fetches, whatever keys tokens name, so that callers can't make the hub flood the issuer. */
const PAUSE_MS = 10_000;
const TIMEOUT_MS = 3_000;
const LARGEST_BYTES = 256 * 1_024;

/** The issuer is unreachable and no cached keys are valid. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
  constructor(url: string) {
    super(`the keys at ${url} can't be fetched. Check the issuer, and hub:jwt.`);
  }
}

/** @returns the text at an address. @throws when there is none */
export type FetchText = (url: string) => Promise<string>;

interface Kept {
  readonly at: number;
  readonly keys: readonly JWK[];
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Keys of token issuers by the URL of their set. A set is fetched at the first use, when it is old, and when a token names a key that it
 * lacks, as after a rotation; never more often than every 10 seconds. A token can't change the URL.
 */
export class KeySets {
  readonly #clock: Clock;
  readonly #fetch: FetchText;
  readonly #kept = new Map<string, Kept>();
  readonly #asked = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<Kept | undefined>>();

  constructor(clock: Clock, fetch: FetchText = fetchText) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /**
   * @param url of the issuer's set
   * @throws NotAuthenticated when the issuer has no such key, or several for a token that names none
   * @throws KeysUnavailable
   */
  async keyFor(url: string, { kid, alg }: JWTHeaderParameters): Promise<JWK> {
    if (kid !== undefined && typeof kid !== "string") throw new NotAuthenticated("TOKEN_MALFORMED");
    if (kid === "") throw new NotAuthenticated("TOKEN_KEY_UNKNOWN");
    const known = this.#current(url, LIFE_MS) ?? (await this.#refresh(url)) ?? this.#current(url, LONGEST_LIFE_MS);
    if (!known) throw new KeysUnavailable(url);
    const found = keyIn(known.keys, kid) ?? keyIn((await this.#refresh(url))?.keys ?? known.keys, kid);
    if (!found) throw new NotAuthenticated("TOKEN_KEY_UNKNOWN");
    if (found.alg !== undefined && found.alg !== alg) throw new NotAuthenticated("TOKEN_ALGORITHM");
    return found;
  }

  #current(url: string, life: number): Kept | undefined {
    const kept = this.#kept.get(url);
    return kept && this.#clock.now() - kept.at <= life ? kept : undefined;
  }

  /** @returns `undefined` when it is too soon, or the fetch failed */
  #refresh(url: string): Promise<Kept | undefined> {
    const underWay = this.#underWay.get(url);
    if (underWay) return underWay;
    const now = this.#clock.now();
    if (now - (this.#asked.get(url) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return Promise.resolve(undefined);
    this.#asked.set(url, now);
    const asking = this.#read(url)
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(url));
    this.#underWay.set(url, asking);
    return asking;
  }

  async #read(url: string): Promise<Kept> {
    const kept = { at: this.#clock.now(), ...keySet.parse(JSON.parse(await this.#fetch(url))) };
    this.#kept.set(url, kept);
    return kept;
  }
}

/** A token may leave the key's name out where there is one key only. https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4 */
function keyIn(keys: readonly JWK[], kid: string | undefined): JWK | undefined {
  if (kid !== undefined) return keys.find((key) => key.kid === kid);
  const [only, ...others] = keys.filter(({ use }) => use !== "enc");
  return others.length === 0 ? only : undefined;
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const text = await answer.text();
  if (text.length > LARGEST_BYTES) throw new Error(`${url} answered more than ${LARGEST_BYTES} bytes`);
  return text;
}
