/** How calls to a third party are authenticated. The credentials themselves are in Secrets Manager. */
export type Auth =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly secret: string }
  | { readonly kind: "api-key"; readonly secret: string; readonly header: string }
  | { readonly kind: "basic"; readonly secret: string }
  | {
      readonly kind: "oauth2-client-credentials";
      readonly secret: string;
      readonly tokenUrl: string;
      readonly scope: string | undefined;
    };

interface Secret {
  /** Name of the secret, such as `"erp/oauth"`; created as `hub/<stack>/<name>`, read at run time, never at deploy time. */
  readonly secret: string;
}

/** `Authorization: Bearer <token>` (RFC 6750). Secret: `{ "token": "…" }`. */
export const bearer = ({ secret }: Secret): Auth => ({ kind: "bearer", secret });

/** A key in a header that the third party chooses. Secret: `{ "apiKey": "…" }`. */
export const apiKey = ({ secret, header }: Secret & { readonly header: string }): Auth => ({
  kind: "api-key",
  secret,
  header: header.toLowerCase(),
});

/** `Authorization: Basic …` (RFC 7617). Secret: `{ "username": "…", "password": "…" }`. */
export const basic = ({ secret }: Secret): Auth => ({ kind: "basic", secret });

/**
 * OAuth 2.0 client credentials (RFC 6749, section 4.4). The access token is cached until shortly before it expires, and requested again
 * once when the third party answers 401. Secret: `{ "clientId": "…", "clientSecret": "…" }`.
 */
export const oauth2ClientCredentials = (
  options: Secret & {
    /** Absolute, or a path of the adapter's `baseUrl` host such as `"/oauth/token"`. */
    readonly tokenUrl: string;
    /** @default no scope is requested */
    readonly scope?: string;
  },
): Auth => ({
  kind: "oauth2-client-credentials",
  secret: options.secret,
  tokenUrl: options.tokenUrl,
  scope: options.scope,
});

/** The third party needs no credentials. */
export const noAuth = (): Auth => ({ kind: "none" });

/** Keys of the secret of each kind of authentication, in the order in which docs and errors name them. */
export const SECRET_KEYS: Readonly<Record<Auth["kind"], readonly string[]>> = {
  none: [],
  bearer: ["token"],
  "api-key": ["apiKey"],
  basic: ["username", "password"],
  "oauth2-client-credentials": ["clientId", "clientSecret"],
};
