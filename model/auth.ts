/** How the hub authenticates at a token endpoint. https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication */
export type ClientAuth = "client_secret_basic" | "client_secret_post" | "private_key_jwt";
/** Signature of a JWT. RFC 7518, section 3.1, and RFC 8037 */
export type JwtAlgorithm = "RS256" | "RS384" | "RS512" | "PS256" | "ES256" | "ES384" | "EdDSA";

interface TokenEndpoint {
  readonly secret: string;
  readonly tokenUrl: string;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly resource: string | undefined;
}
interface ClientOfTokens {
  readonly clientAuth: ClientAuth;
  readonly algorithm: JwtAlgorithm;
}
export type OAuth2 =
  | ({ readonly kind: "oauth2-client-credentials" } & TokenEndpoint & ClientOfTokens)
  | ({ readonly kind: "oauth2-refresh-token" } & TokenEndpoint & ClientOfTokens)
  | ({
      readonly kind: "oauth2-jwt-bearer";
      readonly subject: string | undefined;
      readonly claims: Readonly<Record<string, string>>;
      readonly algorithm: JwtAlgorithm;
    } & TokenEndpoint);

/** A signature over each call. */
export interface SignedCalls {
  readonly kind: "hmac";
  readonly secret: string;
  readonly key: string;
  readonly keyEncoding: "utf8" | "base64" | "hex";
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64";
  readonly signed: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** How calls to a third party are authenticated. The credentials themselves are in Secrets Manager. */
export type Auth =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly secret: string }
  /** Headers and query parameters with the key of the secret that each holds. */
  | {
      readonly kind: "api-key";
      readonly secret: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly query: Readonly<Record<string, string>>;
    }
  | { readonly kind: "basic"; readonly secret: string }
  | OAuth2
  | SignedCalls
  | { readonly kind: "aws-sigv4"; readonly secret: string; readonly service: string; readonly region: string }
  /** The handler connects by itself; see `connection`. */
  | {
      readonly kind: "connection";
      readonly secret: string;
      readonly keys: readonly string[];
      readonly safeToRepeat: boolean;
      /** Opened in the network with fixed addresses. */
      readonly port?: number;
    };

interface Secret {
  /** Name of the secret, such as `"erp/oauth"`; created as `<project>/<stack>/<name>`, read at run time, never at deploy time. */
  readonly secret: string;
}

/** `Authorization: Bearer <token>` (RFC 6750). Secret: `{ "token": "…" }`. */
export const bearer = ({ secret }: Secret): Auth => ({ kind: "bearer", secret });

type KeyPlace =
  /** Name of the header. */
  | { readonly header: string }
  /** Name of the query parameter. */
  | { readonly query: string }
  /** Several headers, and for each the key of the secret that holds its value. */
  | { readonly headers: Readonly<Record<string, string>> };
/**
 * A key in a header or query parameter that the third party chooses. Secret: `{ "apiKey": "…" }`. With `headers`, several at once, and the
 * secret has the keys that they name.
 *
 * @example apiKey({ secret: "metrics/keys", headers: { "DD-API-KEY": "apiKey", "DD-APPLICATION-KEY": "applicationKey" } })
 */
export const apiKey = ({ secret, ...place }: Secret & KeyPlace): Auth => ({
  kind: "api-key",
  secret,
  headers: "headers" in place ? lowerCased(place.headers) : "header" in place ? { [place.header.toLowerCase()]: "apiKey" } : {},
  query: "query" in place ? { [place.query]: "apiKey" } : {},
});

/** `Authorization: Basic …` (RFC 7617). Secret: `{ "username": "…", "password": "…" }`. */
export const basic = ({ secret }: Secret): Auth => ({ kind: "basic", secret });

interface TokenOptions extends Secret {
  /** Absolute, or a path of the adapter's `baseUrl` host such as `"/oauth/token"`. */
  readonly tokenUrl: string;
  /** Scopes, separated by spaces. @default no scope is requested */
  readonly scope?: string;
  /** The API that the token is for, as Auth0 asks for it. @default none */
  readonly audience?: string;
  /** The API that the token is for (RFC 8707). @default none */
  readonly resource?: string;
}
interface ClientOptions {
  /**
   * How the client authenticates: with its secret as `Authorization: Basic` or in the form (RFC 6749, section 2.3.1), or with a JWT that its
   * private key signs (RFC 7523, section 2.2). For the last, the secret holds `privateKey` (PEM), and may hold `keyId`, instead of
   * `clientSecret`. @default "client_secret_basic"
   */
  readonly clientAuth?: ClientAuth;
  /** For `private_key_jwt`. @default "RS256" */
  readonly algorithm?: JwtAlgorithm;
}

const endpoint = ({ secret, tokenUrl, scope, audience, resource }: TokenOptions) => ({
  secret,
  tokenUrl,
  scope,
  audience,
  resource,
});
const client = ({ clientAuth = "client_secret_basic", algorithm = "RS256" }: ClientOptions) => ({ clientAuth, algorithm });

/**
 * OAuth 2.0 client credentials (RFC 6749, section 4.4). All functions share one access token until shortly before it expires; it is
 * requested again once when the third party answers 401. Secret: `{ "clientId": "…", "clientSecret": "…" }`.
 */
export const oauth2ClientCredentials = (options: TokenOptions & ClientOptions): Auth => ({
  kind: "oauth2-client-credentials",
  ...endpoint(options),
  ...client(options),
});

/**
 * OAuth 2.0 with a refresh token that a person has consented to (RFC 6749, section 6). A refresh token that the third party replaces is kept,
 * encrypted, in the state table. Secret: `{ "clientId": "…", "clientSecret": "…", "refreshToken": "…" }`; store a new one to start over.
 */
export const oauth2RefreshToken = (options: TokenOptions & ClientOptions): Auth => ({
  kind: "oauth2-refresh-token",
  ...endpoint(options),
  ...client(options),
});

/**
 * OAuth 2.0 with a signed assertion (RFC 7523, section 2.1), as Google's service accounts, Salesforce and DocuSign use it. Secret:
 * `{ "issuer": "…", "privateKey": "<PEM>" }`, and `keyId` where the third party asks for one.
 */
export const oauth2JwtBearer = (
  options: TokenOptions & {
    /** Claim `sub`. @default the issuer */
    readonly subject?: string;
    /** Further claims, such as Google's `scope`. */
    readonly claims?: Readonly<Record<string, string>>;
    /** Signature of the assertion. @default "RS256" */
    readonly algorithm?: JwtAlgorithm;
  },
): Auth => ({
  kind: "oauth2-jwt-bearer",
  ...endpoint(options),
  subject: options.subject,
  claims: options.claims ?? {},
  algorithm: options.algorithm ?? "RS256",
});

/** Placeholders of `hmacSigned`; `{secret:<key>}` besides, and `{signature}` in headers and query. */
export const SIGNED_PARTS = [
  "method",
  "host",
  "path",
  "query",
  "target",
  "body",
  "bodySha256",
  "timestamp",
  "timestampMs",
  "isoTime",
  "nonce",
] as const;

/**
 * Signs each call by HMAC. What is signed is a template, so that the sandbox can verify it: `{method}`, `{host}`, `{path}`, `{query}`
 * (without `?`), `{target}` (path and query), `{body}`, `{bodySha256}` (hex), `{timestamp}` (seconds), `{timestampMs}`, `{isoTime}`,
 * `{nonce}` and `{secret:<key>}`. Secret: `{ "secret": "…" }` and the keys that the templates name.
 *
 * @example hmacSigned({ secret: "exchange/keys", encoding: "base64", signed: "{timestamp}{method}{target}{body}",
 *   headers: { "X-Key": "{secret:apiKey}", "X-Time": "{timestamp}", "X-Sign": "{signature}" } })
 */
export const hmacSigned = (
  options: Secret & {
    /** Template of what is signed. */
    readonly signed: string;
    /** Templates of the headers that are sent; one of them, or of `query`, holds `{signature}`. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Templates of query parameters that are added after the signature was made. */
    readonly query?: Readonly<Record<string, string>>;
    /** Digest of the HMAC. @default "sha256" */
    readonly algorithm?: SignedCalls["algorithm"];
    /** How the signature is written. @default "hex" */
    readonly encoding?: SignedCalls["encoding"];
    /** Key of the secret that signs. @default "secret" */
    readonly key?: string;
    /** How that key is written in the secret. @default "utf8" */
    readonly keyEncoding?: SignedCalls["keyEncoding"];
  },
): Auth => ({
  kind: "hmac",
  secret: options.secret,
  key: options.key ?? "secret",
  keyEncoding: options.keyEncoding ?? "utf8",
  algorithm: options.algorithm ?? "sha256",
  encoding: options.encoding ?? "hex",
  signed: options.signed,
  headers: lowerCased(options.headers ?? {}),
  query: options.query ?? {},
});

/**
 * AWS Signature Version 4, for AWS's own APIs and API gateways of partners.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * Secret: `{ "accessKeyId": "…", "secretAccessKey": "…" }`, and `sessionToken` for temporary ones.
 */
export const awsSigV4 = ({
  secret,
  service,
  region,
}: Secret & {
  /** Such as `"execute-api"`. */
  readonly service: string;
  /** Region of the service, such as `"eu-west-1"`. */
  readonly region: string;
}): Auth => ({
  kind: "aws-sigv4",
  secret,
  service,
  region,
});

/** The third party needs no credentials. */
export const noAuth = (): Auth => ({ kind: "none" });

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

export const isOAuth2 = (auth: Auth): auth is OAuth2 => auth.kind.startsWith("oauth2-");

/** A private key of the secret signs JWTs, by which the hub gets its tokens. */
export const signsTokens = (auth: Auth): boolean => isOAuth2(auth) && keysOfAuth(auth).includes("privateKey");

/** Placeholders of a template, such as `secret:apiKey`. */
export const placeholders = (template: string): readonly string[] =>
  [...template.matchAll(/\{([^{}]*)\}/g)].map(([, placeholder = ""]) => placeholder);

/** Keys that a secret of this kind of authentication must have, in the order in which docs and errors name them. */
export function keysOfAuth(auth: Auth): readonly string[] {
  switch (auth.kind) {
    case "none":
      return [];
    case "bearer":
      return ["token"];
    case "basic":
      return ["username", "password"];
    case "api-key":
      return [...new Set([...Object.values(auth.headers), ...Object.values(auth.query)])];
    case "oauth2-client-credentials":
      return ["clientId", clientKey(auth)];
    case "oauth2-refresh-token":
      return ["clientId", clientKey(auth), "refreshToken"];
    case "oauth2-jwt-bearer":
      return ["issuer", "privateKey"];
    case "aws-sigv4":
      return ["accessKeyId", "secretAccessKey"];
    case "connection":
      return auth.keys;
    case "hmac":
      return [...new Set([auth.key, ...templatesOf(auth).flatMap(placeholders).flatMap(secretKey)])];
  }
}
export const templatesOf = ({ signed, headers, query }: Pick<SignedCalls, "signed" | "headers" | "query">) => [
  signed,
  ...Object.values(headers),
  ...Object.values(query),
];
const secretKey = (placeholder: string) => (placeholder.startsWith("secret:") ? [placeholder.slice("secret:".length)] : []);
const clientKey = ({ clientAuth }: ClientOfTokens) => (clientAuth === "private_key_jwt" ? "privateKey" : "clientSecret");
