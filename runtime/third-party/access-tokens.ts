import { RetryLaterError, TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { refusalOf } from "./refusal.ts";
import { send, USER_AGENT } from "./send.ts";

interface TokenRequest {
  readonly adapter: string;
  readonly tokenUrl: string;
  readonly scope: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeoutMs: number;
  /** Of the request that needs the token first; others reuse it. */
  readonly correlationId: string;
}

/** OAuth 2.0 access tokens by client credentials (RFC 6749, section 4.4), cached until 30 seconds before they expire. */
export interface AccessTokens {
  /**
   * @param refused a token that the third party refused: it is not used again
   * @throws TerminalError `TOKEN_REFUSED`, RetryableError, RetryLaterError; no error contains a credential or a body
   */
  get(request: () => Promise<TokenRequest>, adapter: string, refused: string | undefined): Promise<string>;
}

const EARLY_MS = 30_000;
/** When the answer does not contain a lifetime. */
const DEFAULT_LIFE_SECONDS = 300;
const NEVER = new AbortController().signal;

interface Token {
  readonly value: string;
  readonly until: number;
}

export function accessTokens(clock: Clock): AccessTokens {
  const kept = new Map<string, Promise<Token>>();
  return {
    async get(request, adapter, refused) {
      const known = kept.get(adapter);
      if (known) {
        const token = await known.catch(() => undefined);
        if (token && token.until > clock.now() && token.value !== refused) return token.value;
        // Others may have waited for the same token: the first of them fetches, the rest wait for it.
        if (kept.get(adapter) === known) kept.delete(adapter);
      }
      const fetching = kept.get(adapter) ?? request().then((made) => fetchToken(made, clock));
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

/** Shared by all callers that wait for it, so its own timeout ends it, not a caller's deadline. */
async function fetchToken(
  { adapter, tokenUrl, scope, clientId, clientSecret, timeoutMs, correlationId }: TokenRequest,
  clock: Clock,
): Promise<Token> {
  const name = `${adapter}'s token endpoint`;
  const form = new URLSearchParams({ grant_type: "client_credentials", ...(scope !== undefined && { scope }) });
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString("base64");
  const headers = {
    authorization: `Basic ${credentials}`,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
    "x-correlation-id": correlationId,
    "user-agent": USER_AGENT,
  };
  const answer = await send(name, { method: "POST", url: tokenUrl, body: form.toString(), headers }, timeoutMs, NEVER);
  if (answer.status < 200 || answer.status > 299) {
    const refusal = refusalOf(name, answer, clock.now());
    if (refusal instanceof RetryLaterError || refusal instanceof RetryableError) throw refusal;
    throw Object.assign(
      new TerminalError(`${name} answered ${answer.status}. Check the client id and the client secret.`, {
        code: "TOKEN_REFUSED",
      }),
      { status: answer.status },
    );
  }
  const { access_token: value, expires_in: life } = parse(answer.text);
  if (typeof value !== "string" || value === "") {
    throw new RetryableError("INVALID_RESPONSE", `${name} answered without an access_token. It is asked again.`);
  }
  const seconds = Number(life ?? DEFAULT_LIFE_SECONDS);
  return { value, until: clock.now() + (Number.isFinite(seconds) ? seconds : DEFAULT_LIFE_SECONDS) * 1_000 - EARLY_MS };
}

/** RFC 6749, section 2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);

function parse(text: string): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
