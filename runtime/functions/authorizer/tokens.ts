import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { TokenSettings } from "../../../protocol/environment.ts";
import { type KeySets, KeysUnavailable } from "./key-sets.ts";
import { NotAuthenticated, type RefusalCode } from "./refusal.ts";

/** Claims of a valid token. */
export interface TokenClaims {
  readonly client: string;
  /** Claim `sub`; `undefined` where there is none, or it is no text of at most 256 printable characters. */
  readonly subject?: string;
  /** The unchecked value of the claim; `undefined` where none is configured. */
  readonly tenant: unknown;
  readonly scopes: ReadonlySet<string>;
}

const SUBJECT = /^[\x20-\x7e]{1,256}$/;
/** Seconds that the clocks of issuer and hub may differ. */
const LEEWAY = 10;
/** Neither `none` nor a shared secret. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];

/**
 * @returns a function that verifies a token's algorithm, signature, issuer, audience and times, and returns its claims. Accepted are
 *   RS256 to RS512, ES256 to ES512 and EdDSA, as the key permits.
 */
export function tokenReader(settings: TokenSettings, keys: KeySets): (token: string) => Promise<TokenClaims> {
  const { issuer, audience, jwksUri, consumerClaim, tenantClaim } = settings;
  const rules = { issuer, audience: [...audience], algorithms: ALGORITHMS, clockTolerance: LEEWAY };
  const keyFor: JWTVerifyGetKey = (header) => keys.keyFor(jwksUri, header);
  return async (token) => {
    if (namesExtension(token)) throw new NotAuthenticated("TOKEN_EXTENSION");
    const { payload: claims } = await jwtVerify(token, keyFor, rules).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const client = claims[consumerClaim];
    // A token without an expiry would be valid for ever.
    if (claims.exp === undefined || typeof client !== "string" || client === "") throw new NotAuthenticated("TOKEN_CLAIMS");
    const { sub } = claims;
    return {
      client,
      ...(typeof sub === "string" && SUBJECT.test(sub) && { subject: sub }),
      tenant: tenantClaim === undefined ? undefined : (claims[tenantClaim] ?? null),
      scopes: new Set([...wordsOf(claims.scope), ...wordsOf(claims.scp)]),
    };
  };
}

/**
 * A token whose header has `crit` means something else to who does not understand the extensions that it names, and the hub understands none.
 * https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
 */
function namesExtension(token: string): boolean {
  try {
    return "crit" in decodeProtectedHeader(token);
  } catch {
    // jwtVerify refuses it.
    return false;
  }
}

/** `scope` is one text (RFC 8693, section 4.2); some issuers write a list, or `scp`. */
const wordsOf = (claim: unknown): readonly string[] =>
  [claim]
    .flat()
    .flatMap((part) => (typeof part === "string" ? part.split(" ") : []))
    .filter((word) => word !== "");

const CLAIMS: Readonly<Record<string, RefusalCode>> = {
  iss: "TOKEN_ISSUER",
  aud: "TOKEN_AUDIENCE",
  nbf: "TOKEN_NOT_YET_VALID",
};

/**
 * The library's errors hold the claims, so they are not passed on. Unavailable keys are not the caller's fault; everything else is,
 * including a key that does not fit the algorithm.
 */
function refusalOf(error: unknown): Error {
  if (error instanceof NotAuthenticated || error instanceof KeysUnavailable) return error;
  return new NotAuthenticated(codeOf(error));
}

function codeOf(error: unknown): RefusalCode {
  if (error instanceof errors.JWTExpired) return "TOKEN_EXPIRED";
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === "invalid" ? "TOKEN_MALFORMED" : (CLAIMS[error.claim] ?? "TOKEN_CLAIMS");
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return "TOKEN_ALGORITHM";
  return error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid ? "TOKEN_MALFORMED" : "TOKEN_SIGNATURE";
}
