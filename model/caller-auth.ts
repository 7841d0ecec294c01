/** How the callers of an API trigger show who they are. The gateway's authorizer checks it before anything else happens. */
export type CallerAuth =
  | { readonly kind: "api-key" }
  /** `scopes`: the token has to hold all of them. */
  | { readonly kind: "jwt"; readonly scopes: readonly string[] };

/** The key of one of the stack's consumers, in the header `x-api-key`. */
export const apiKeyAuth = (): CallerAuth => ({ kind: "api-key" });

/**
 * A JWT of the stack's issuer (`hub:jwt`), as `Authorization: Bearer <token>` (RFC 6750).
 * @param options.scopes all of them have to be in the token's claim `scope`, or `scp`. @default none
 */
export const jwtAuth = ({ scopes = [] }: { readonly scopes?: readonly string[] } = {}): CallerAuth => ({ kind: "jwt", scopes });

/** A scope as RFC 6749, section 3.3, has it. */
export const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/;

/** Who the authorizer says the caller is, in `$context.authorizer` and in the events of functions; all are texts there. */
export interface CallerContext {
  readonly tenant: string;
  readonly consumer: string;
  readonly operator: "true" | "false";
}

/**
 * What a tenant's name is made of. No dot, since that parts tenant and key in the id of a request, and no colon, so that nobody has
 * the tenant of a webhook.
 */
export const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
