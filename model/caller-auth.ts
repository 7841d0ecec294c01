import type { Role } from "../protocol/roles.ts";

/** How callers of an API trigger authenticate. The gateway's authorizer checks it first. */
export type CallerAuth =
  | { readonly kind: "api-key" }
  /** `scopes`: the token must hold all of them. */
  | { readonly kind: "jwt"; readonly scopes: readonly string[] };

/** The key of one of the stack's consumers, in the header `x-api-key`. */
export const apiKeyAuth = (): CallerAuth => ({ kind: "api-key" });

/**
 * A JWT of the stack's issuer (`hub:jwt`), as `Authorization: Bearer <token>` (RFC 6750).
 * @param options.scopes the token's claim `scope` or `scp` must hold all of them. @default none
 */
export const jwtAuth = ({ scopes = [] }: { readonly scopes?: readonly string[] } = {}): CallerAuth => ({ kind: "jwt", scopes });

/** A scope as RFC 6749, section 3.3, defines it. */
export const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/;

/** The authenticated caller, in `$context.authorizer` and in the events of functions; all values are strings there. */
export interface CallerContext {
  readonly tenant: string;
  readonly consumer: string;
  /** Whether it may decide. */
  readonly operator: "true" | "false";
  /** What it may do with the ops API. @default nothing */
  readonly role?: Role;
  /** Claim `sub` of its token. @default it has none, or called with a key */
  readonly subject?: string;
  /** Seconds after which to call again: the route's flow is behind. @default it takes requests */
  readonly retryAfter?: string;
}

/**
 * Form of a tenant's name. A dot separates tenant and key in the id of a request, and a colon marks the tenant of a webhook, so a name
 * holds neither.
 */
export const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
