import { JwtVerifier } from "aws-jwt-verify";
import {
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidClaimError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  ParameterValidationError,
} from "aws-jwt-verify/error";
import type { JwksCache } from "aws-jwt-verify/jwk";
import type { TokenSettings } from "../../../protocol/environment.ts";
import { KeysUnavailable } from "./key-sets.ts";
import { NotAuthenticated, type RefusalCode } from "./refusal.ts";

/** Claims of a valid token. */
export interface TokenClaims {
  readonly client: string;
  /** The unchecked value of the claim; `undefined` where none is configured. */
  readonly tenant: unknown;
  readonly scopes: ReadonlySet<string>;
}

/** Seconds that the clocks of issuer and hub may differ. */
const LEEWAY = 10;

/**
 * @returns a function that verifies a token's algorithm, signature, issuer, audience and times, and returns its claims. Accepted are
 *   RS256 to RS512, ES256 to ES512 and EdDSA, as the key permits; neither `none` nor a shared secret.
 */
export function tokenReader(settings: TokenSettings, keys: JwksCache): (token: string) => Promise<TokenClaims> {
  const { issuer, audience, jwksUri, consumerClaim, tenantClaim } = settings;
  const verifier = JwtVerifier.create({ issuer, audience: [...audience], jwksUri, graceSeconds: LEEWAY }, { jwksCache: keys });
  return async (token) => {
    if (namesExtension(token)) throw new NotAuthenticated("TOKEN_EXTENSION");
    const claims = await verifier.verify(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const client = claims[consumerClaim];
    // A token without an expiry would be valid for ever.
    if (claims.exp === undefined || typeof client !== "string" || client === "") throw new NotAuthenticated("TOKEN_CLAIMS");
    return {
      client,
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
    const header: unknown = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
    return typeof header === "object" && header !== null && "crit" in header;
  } catch {
    // The verifier refuses it.
    return false;
  }
}

/** `scope` is one text (RFC 8693, section 4.2); some issuers write a list, or `scp`. */
const wordsOf = (claim: unknown): readonly string[] =>
  [claim]
    .flat()
    .flatMap((part) => (typeof part === "string" ? part.split(" ") : []))
    .filter((word) => word !== "");

/** In order: the first class that matches gives the code. */
const CODES: readonly (readonly [kind: abstract new (...given: never[]) => Error, code: RefusalCode])[] = [
  [JwtExpiredError, "TOKEN_EXPIRED"],
  [JwtNotBeforeError, "TOKEN_NOT_YET_VALID"],
  [JwtInvalidIssuerError, "TOKEN_ISSUER"],
  [JwtInvalidAudienceError, "TOKEN_AUDIENCE"],
  [JwtInvalidClaimError, "TOKEN_CLAIMS"],
  [JwtInvalidSignatureAlgorithmError, "TOKEN_ALGORITHM"],
  [JwtInvalidSignatureError, "TOKEN_SIGNATURE"],
  [JwtParseError, "TOKEN_MALFORMED"],
  // An issuer that the verifier was not made for.
  [ParameterValidationError, "TOKEN_ISSUER"],
];

/**
 * The library's messages quote the token, so they are not passed on. Unavailable keys are not the caller's fault; everything else is,
 * including a signature that can't be decoded.
 */
function refusalOf(error: unknown): Error {
  if (error instanceof NotAuthenticated || error instanceof KeysUnavailable) return error;
  return new NotAuthenticated(CODES.find(([kind]) => error instanceof kind)?.[1] ?? "TOKEN_SIGNATURE");
}
