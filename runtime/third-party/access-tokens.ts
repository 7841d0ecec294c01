import { RetryLaterError, TerminalError } from "../../model/errors.ts";
import { type EXPIRES_AT, expiry, tokenKey } from "../../protocol/table.ts";
import { RetryableError } from "../errors.ts";
import { absent, any, type Clock, compare, type Fetch, type Table } from "../ports.ts";
import { textOf } from "./decode.ts";
import { refusalOf } from "./refusal.ts";
import { send, USER_AGENT } from "./send.ts";
import type { TokenRequest } from "./token-request.ts";
import { type Token, tokenSeal } from "./token-seal.ts";

/** OAuth 2.0 access tokens: one for all functions that share an adapter, renewed by one of them. */
export interface AccessTokens {
  /**
   * @param refused a token that the third party refused: it is not used again
   * @throws TerminalError `TOKEN_REFUSED`, RetryableError, RetryLaterError `TOKEN_BUSY`; no error contains a credential or a body
   */
  get(request: TokenRequest, refused: string | undefined): Promise<string>;
}

/** A token is renewed this long before it expires, or after three quarters of a short life. */
const EARLY_SECONDS = 30;
const USED_SHARE = 0.75;
/** When the answer contains no lifetime, or none that can be read. */
const DEFAULT_LIFE_SECONDS = 300;
/** Longest wait for another function's renewal. */
const LONGEST_WAIT_MS = 5_000;
const POLL_MS = 200;
/** The lease of a renewal outlives its call by this. */
const LEASE_MARGIN_MS = 5_000;
const NEVER = new AbortController().signal;

interface Services {
  readonly table: Table;
  readonly clock: Clock;
  readonly fetch?: Fetch;
}

export function accessTokens(services: Services): AccessTokens {
  const { clock } = services;
  const kept = new Map<string, Promise<Token>>();
  return {
    async get(request, refused) {
      const { adapter } = request;
      const known = kept.get(adapter);
      if (known) {
        const token = await known.catch(() => undefined);
        if (token && token.until > clock.now() && token.value !== refused) return token.value;
        // Others may have waited for the same token: the first of them fetches, the rest wait for it.
        if (kept.get(adapter) === known) kept.delete(adapter);
      }
      const fetching = kept.get(adapter) ?? shared(services, request, refused);
      kept.set(adapter, fetching);
      try {
        return (await fetching).value;
      } catch (error) {
        if (kept.get(adapter) === fetching) kept.delete(adapter);
        throw error;
      }
    },
  };
}

/** The token that another function keeps in the state table, or a new one, for which one function at a time asks. */
async function shared(services: Services, request: TokenRequest, refused: string | undefined): Promise<Token> {
  const { table, clock } = services;
  const { adapter, timeoutMs } = request;
  const key = tokenKey(adapter);
  const { seal, open } = tokenSeal(request);
  const usable = (token: Token | undefined) => token && token.until > clock.now() && token.value !== refused;
  const givesUpAt = clock.now() + LONGEST_WAIT_MS;
  for (;;) {
    const stored = open((await table.get(key))?.sealed);
    if (stored && usable(stored)) return stored;
    const now = clock.now();
    const lease = now + timeoutMs + LEASE_MARGIN_MS;
    const held = await table.update(key, { set: { lease } }, any(absent("lease"), compare("lease", "<=", now)));
    const release = () => table.write(key, { set: { lease: 0 } }, compare("lease", "=", lease));
    if (held) {
      // The token may have been renewed between the read and the lease.
      const last = open(held.sealed);
      if (last && usable(last)) {
        await release();
        return last;
      }
      try {
        const token = await fetchToken(request, last?.refreshToken, services);
        await table.write(key, { set: { sealed: seal(token), lease: 0, ...lifeOf(token, now) } }, compare("lease", "=", lease));
        return token;
      } catch (error) {
        await release();
        throw error;
      }
    }
    if (clock.now() >= givesUpAt)
      throw new RetryLaterError(`Another function is renewing ${adapter}'s access token. The message waits 5 seconds.`, {
        after: "5 seconds",
        code: "TOKEN_BUSY",
      });
    await clock.sleep(POLL_MS);
  }
}

/** A refresh token is kept until the third party replaces it. */
const NO_EXPIRY_SECONDS = 10 * 365 * 86_400;
const lifeOf = ({ until, refreshToken }: Token, now: number): Readonly<Record<typeof EXPIRES_AT, number>> =>
  refreshToken === undefined ? expiry(until, 86_400) : expiry(now, NO_EXPIRY_SECONDS);

/** Shared by all callers that wait for it, so its own timeout ends it, not a caller's deadline. */
async function fetchToken(request: TokenRequest, refreshToken: string | undefined, { clock, fetch }: Services): Promise<Token> {
  const { adapter, tokenUrl, timeoutMs, correlationId, identity } = request;
  const name = `${adapter}'s token endpoint`;
  const headers = {
    ...request.headers,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
    "x-correlation-id": correlationId,
    "user-agent": USER_AGENT,
  };
  const form = new URLSearchParams(await request.form(refreshToken, clock.now()));
  const call = { method: "POST", url: tokenUrl, body: form.toString(), headers, identity };
  const answer = await send(name, call, timeoutMs, NEVER, fetch);
  if (answer.status < 200 || answer.status > 299) {
    const refusal = refusalOf(name, answer, clock.now());
    if (refusal instanceof RetryLaterError || refusal instanceof RetryableError) throw refusal;
    throw Object.assign(
      new TerminalError(`${name} answered ${answer.status}. Check the credentials in the secret.`, { code: "TOKEN_REFUSED" }),
      { status: answer.status },
    );
  }
  const { access_token: value, expires_in: life, refresh_token: replaced, error } = parse(textOf(name, answer));
  if (typeof value !== "string" || value === "") {
    // GitHub and Slack answer 200 with an error. https://www.rfc-editor.org/rfc/rfc6749#section-5.2 asks for 400.
    if (typeof error === "string" && error !== "")
      throw new TerminalError(`${name} refused the credentials (200 with an error). Check those in the secret.`, {
        code: "TOKEN_REFUSED",
      });
    throw new RetryableError("INVALID_RESPONSE", `${name} answered without an access_token. It is asked again.`);
  }
  const kept = typeof replaced === "string" && replaced !== "" ? replaced : refreshToken;
  const isRefresh = request.auth.kind === "oauth2-refresh-token";
  return { value, until: clock.now() + usedFor(life) * 1_000, ...(isRefresh && kept !== undefined && { refreshToken: kept }) };
}

/**
 * @param life `expires_in` of the answer: seconds, by RFC 6749 a number, by some servers a text
 * @returns seconds for which the token is used
 */
function usedFor(life: unknown): number {
  const given = typeof life === "string" ? secondsIn(life) : life;
  const seconds = typeof given === "number" && Number.isFinite(given) && given > 0 ? given : DEFAULT_LIFE_SECONDS;
  return seconds - Math.min(EARLY_SECONDS, seconds * (1 - USED_SHARE));
}

/** @returns the number in a text such as `60` or `60 s`; `undefined` where there is none */
export function secondsIn(life: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?)(?:\s*s)?$/.exec(life.trim()) ?? [];
  return number === undefined ? undefined : Number(number);
}

interface TokenAnswer {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly refresh_token?: unknown;
  readonly error?: unknown;
}

/** JSON, or a form as drafts of OAuth 2.0 had it, which some servers answer still. */
function parse(text: string): TokenAnswer {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}
