import { createHmac, createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { jwtVerify } from "jose";
import type { OAuth2 } from "../../model/index.ts";
import { isBasic } from "./authenticate.ts";
import type { SandboxRequest } from "./http.ts";
import type { SimulatedParty } from "./simulated-party.ts";
import { type Credentials, TOKEN_LIFE } from "./tokens.ts";
import type { Answer } from "./types.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const GRANTS: Readonly<Record<OAuth2["kind"], string>> = {
  "oauth2-client-credentials": "client_credentials",
  "oauth2-refresh-token": "refresh_token",
  "oauth2-jwt-bearer": JWT_BEARER,
};

/**
 * The token endpoint: client credentials in a Basic header or in the form, a JWT of the client, refresh tokens, which it replaces at each use,
 * and assertions. https://datatracker.ietf.org/doc/html/rfc6749#section-4.4, https://datatracker.ietf.org/doc/html/rfc7523
 *
 * @param now ms since the epoch
 */
export async function answerToken(
  { party, tokens, tokenPath }: Pick<SimulatedParty, "party" | "tokens" | "tokenPath">,
  credentials: Credentials = {},
  request: SandboxRequest,
  now: number,
): Promise<Answer> {
  const auth = party.auth as OAuth2;
  const form = new URLSearchParams(request.body);
  const grant = form.get("grant_type");
  const expected = GRANTS[auth.kind];
  if (grant !== expected)
    return refuse(grant === null ? "invalid_request" : "unsupported_grant_type", `grant_type must be "${expected}"`);
  const verify = (jwt: string | null, issuer: string | undefined) =>
    isSigned({ jwt, issuer, auth, credentials, path: tokenPath ?? "", now });
  if (auth.kind === "oauth2-jwt-bearer") {
    if (!(await verify(form.get("assertion"), credentials.issuer)))
      return refuse(
        "invalid_grant",
        "the assertion is not signed by the secret's private key, or is for another issuer or audience",
      );
  } else if (!isClient(request, form, credentials) && !(await verify(form.get("client_assertion"), credentials.clientId))) {
    return { status: 401, headers: { "www-authenticate": "Basic" }, body: { error: "invalid_client" } };
  }
  const isRefresh = auth.kind === "oauth2-refresh-token";
  if (isRefresh && !isRefreshToken(form.get("refresh_token") ?? "", credentials.refreshToken ?? ""))
    return refuse("invalid_grant", "the refresh token is neither that of the secret nor one that replaced it");
  for (const name of ["audience", "resource"] as const)
    if (auth.kind !== "oauth2-jwt-bearer" && auth[name] !== undefined && form.get(name) !== auth[name])
      return refuse("invalid_target", `${name} must be "${auth[name]}"`);
  const scope = form.get("scope");
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: {
      access_token: tokens.issue(),
      token_type: "Bearer",
      expires_in: TOKEN_LIFE,
      ...(isRefresh && { refresh_token: replaced(credentials.refreshToken ?? "") }),
      ...(scope !== null && { scope }),
    },
  };
}

const refuse = (error: string, description: string): Answer => ({ status: 400, body: { error, error_description: description } });

function isClient({ headers }: SandboxRequest, form: URLSearchParams, { clientId, clientSecret }: Credentials): boolean {
  if (!clientId || !clientSecret) return false;
  const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
  // RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
  const encode = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  const byHeader =
    isBasic(scheme, value, clientId, clientSecret) || isBasic(scheme, value, encode(clientId), encode(clientSecret));
  return byHeader || (form.get("client_id") === clientId && form.get("client_secret") === clientSecret);
}

interface Assertion {
  readonly jwt: string | null;
  readonly issuer: string | undefined;
  readonly auth: OAuth2;
  readonly credentials: Credentials;
  readonly path: string;
  readonly now: number;
}

async function isSigned({ jwt, issuer, auth, credentials, path, now }: Assertion): Promise<boolean> {
  if (jwt === null || issuer === undefined || credentials.privateKey === undefined) return false;
  try {
    const key = createPublicKey(createPrivateKey(credentials.privateKey));
    const { payload } = await jwtVerify(jwt, key, {
      issuer,
      algorithms: [auth.algorithm],
      currentDate: new Date(now),
      requiredClaims: ["exp", "iat", "sub", "aud"],
    });
    const declared = auth.kind === "oauth2-jwt-bearer" ? auth.audience : undefined;
    // The token endpoint's own address differs here.
    return declared === undefined ? new URL(String(payload.aud)).pathname.endsWith(path) : payload.aud === declared;
  } catch {
    return false;
  }
}

/** A new refresh token. It needs no memory: it holds a proof that it replaces the secret's. */
const replaced = (refreshToken: string, id = randomBytes(9).toString("base64url")) =>
  `replaced.${id}.${createHmac("sha256", refreshToken).update(id).digest("base64url")}`;

const isRefreshToken = (given: string, refreshToken: string) =>
  refreshToken !== "" && (given === refreshToken || given === replaced(refreshToken, given.split(".")[1]));
