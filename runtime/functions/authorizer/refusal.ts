/** Why a caller is let in no further; logged, and nothing of what the caller sent with it. */
export type RefusalCode =
  | "NO_CREDENTIALS"
  | "DOUBLED_CREDENTIALS"
  | "KEY_UNKNOWN"
  | "TOKEN_MALFORMED"
  | "TOKEN_TOO_LARGE"
  | "TOKEN_ALGORITHM"
  | "TOKEN_KEY_UNKNOWN"
  | "TOKEN_SIGNATURE"
  | "TOKEN_ISSUER"
  | "TOKEN_AUDIENCE"
  | "TOKEN_EXPIRED"
  | "TOKEN_NOT_YET_VALID"
  | "TOKEN_CLAIMS"
  | "TOKENS_NOT_TAKEN"
  | "CONSUMER_UNKNOWN"
  | "TENANT_MALFORMED"
  | "SCOPE_MISSING"
  | "ROUTE_UNKNOWN";

/** Nobody that the hub knows: 401. */
export class NotAuthenticated extends Error {
  override readonly name = "NotAuthenticated";
  readonly code: RefusalCode;
  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }
}

/** Somebody, who may not do this: 403. */
export class NotAllowed extends Error {
  override readonly name = "NotAllowed";
  readonly code: RefusalCode;
  /** For the caller to read; plain words without quotes, since the gateway puts it into its answer. */
  readonly detail: string;
  constructor(code: RefusalCode, detail: string) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}
