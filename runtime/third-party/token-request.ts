import type { OAuth2 } from "../../model/auth.ts";
import type { TlsIdentity } from "../ports.ts";
import type * as SignedJwt from "./signed-jwt.ts";

type Secret = Readonly<Record<string, string>>;

interface TokenOptions {
  readonly adapter: string;
  readonly auth: OAuth2;
  readonly tokenUrl: string;
  /** Has the keys that `auth` needs. */
  readonly secret: Secret;
  readonly identity: TlsIdentity | undefined;
  readonly timeoutMs: number;
  /** Of the request that needs the token first; others reuse it. */
  readonly correlationId: string;
}

/** How to ask for an access token. */
export interface TokenRequest extends TokenOptions {
  /**
   * @param refreshToken the one that the third party gave last; `undefined`: that of the secret
   * @param now ms since the epoch
   * @throws RetryableError `SECRET_INVALID` for a private key that can't sign
   */
  readonly form: (refreshToken: string | undefined, now: number) => Promise<Readonly<Record<string, string>>>;
  readonly headers: Readonly<Record<string, string>>;
}

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Few adapters sign, so that jose is in a file of its own: `signsTokens` says which. */
const signedJwt: typeof SignedJwt.signedJwt = async (...claims) => (await import("./signed-jwt.ts")).signedJwt(...claims);

export function tokenRequest(options: TokenOptions): TokenRequest {
  const { auth, secret } = options;
  const inHeader = auth.kind !== "oauth2-jwt-bearer" && auth.clientAuth === "client_secret_basic";
  const authorization = `Basic ${Buffer.from(`${formEncoded(secret.clientId)}:${formEncoded(secret.clientSecret)}`).toString("base64")}`;
  return {
    ...options,
    headers: inHeader ? { authorization } : {},
    async form(refreshToken, now) {
      return { ...(await grant(options, refreshToken, now)), ...(await client(options, now)), ...targets(auth) };
    },
  };
}

/** RFC 6749, section 2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text = "") => new URLSearchParams({ "": text }).toString().slice(1);

const targets = ({ scope, audience, resource }: OAuth2) => ({
  ...(scope !== undefined && { scope }),
  ...(audience !== undefined && { audience }),
  ...(resource !== undefined && { resource }),
});

async function grant(
  { auth, secret, tokenUrl }: TokenOptions,
  refreshToken: string | undefined,
  now: number,
): Promise<Record<string, string>> {
  switch (auth.kind) {
    case "oauth2-client-credentials":
      return { grant_type: "client_credentials" };
    case "oauth2-refresh-token":
      return { grant_type: "refresh_token", refresh_token: refreshToken ?? secret.refreshToken ?? "" };
    case "oauth2-jwt-bearer": {
      const claims = {
        ...auth.claims,
        iss: secret.issuer ?? "",
        sub: auth.subject ?? secret.issuer ?? "",
        aud: auth.audience ?? tokenUrl,
      };
      return {
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: await signedJwt(auth.secret, secret, auth.algorithm, claims, now),
      };
    }
  }
}

async function client({ auth, secret, tokenUrl }: TokenOptions, now: number): Promise<Record<string, string>> {
  if (auth.kind === "oauth2-jwt-bearer" || auth.clientAuth === "client_secret_basic") return {};
  const { clientId = "", clientSecret = "" } = secret;
  if (auth.clientAuth === "client_secret_post") return { client_id: clientId, client_secret: clientSecret };
  const claims = { iss: clientId, sub: clientId, aud: tokenUrl };
  return {
    client_id: clientId,
    client_assertion_type: ASSERTION,
    client_assertion: await signedJwt(auth.secret, secret, auth.algorithm, claims, now),
  };
}
