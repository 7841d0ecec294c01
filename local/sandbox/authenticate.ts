import { randomBytes } from "node:crypto";
import type { Clock } from "../../emulator/clock.ts";
import type { Auth } from "../../model/index.ts";
import type { Answer } from "./types.ts";

type Credentials = Readonly<Record<string, string>>;
type Headers = Readonly<Record<string, string>>;

/** Lifetime of an access token in seconds. */
const TOKEN_LIFE = 3_600;
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

/** @returns why the third party refuses the call; `undefined` when it accepts the call */
export function refusalOf(
  auth: Auth,
  credentials: Credentials | undefined,
  headers: Headers,
  tokens: Tokens,
): string | undefined {
  if (auth.kind === "none") return undefined;
  if (!credentials) return `The secret "${auth.secret}" has no value. Put one.`;
  const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
  switch (auth.kind) {
    case "bearer":
      return isBearer(scheme) && value === credentials.token
        ? undefined
        : `Send "Authorization: Bearer" with the token in the secret "${auth.secret}".`;
    case "api-key":
      return headers[auth.header] === credentials.apiKey
        ? undefined
        : `Send the header "${auth.header}" with the key in the secret "${auth.secret}".`;
    case "basic":
      return isBasic(scheme, value, credentials.username, credentials.password)
        ? undefined
        : `Send "Authorization: Basic" with the credentials in the secret "${auth.secret}".`;
    case "oauth2-client-credentials":
      return isBearer(scheme) && tokens.isValid(value)
        ? undefined
        : "Send an access token that this sandbox issued and that has not expired.";
  }
}

const isBearer = (scheme: string) => scheme.toLowerCase() === "bearer";
const isBasic = (scheme: string, value: string, user = "", password = "") =>
  scheme.toLowerCase() === "basic" && Buffer.from(value, "base64").toString() === `${user}:${password}`;

/**
 * The token endpoint: client credentials in a Basic header or in the form.
 * https://datatracker.ietf.org/doc/html/rfc6749#section-4.4
 */
export function answerToken(
  credentials: Credentials | undefined,
  headers: Headers,
  form: URLSearchParams,
  tokens: Tokens,
): Answer {
  const grant = form.get("grant_type");
  if (grant !== "client_credentials") {
    return {
      status: 400,
      body: {
        error: grant === null ? "invalid_request" : "unsupported_grant_type",
        error_description: 'grant_type must be "client_credentials"',
      },
    };
  }
  const { clientId, clientSecret } = credentials ?? {};
  const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
  // RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
  const encode = (text = "") => new URLSearchParams({ "": text }).toString().slice(1);
  const byHeader =
    isBasic(scheme, value, clientId, clientSecret) || isBasic(scheme, value, encode(clientId), encode(clientSecret));
  const byForm = form.get("client_id") === clientId && form.get("client_secret") === clientSecret;
  if (!clientId || !clientSecret || !(byHeader || byForm)) {
    return { status: 401, headers: { "www-authenticate": "Basic" }, body: { error: "invalid_client" } };
  }
  const scope = form.get("scope");
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: { access_token: tokens.issue(), token_type: "Bearer", expires_in: TOKEN_LIFE, ...(scope !== null && { scope }) },
  };
}
