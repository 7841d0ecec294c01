/** Why a caller is refused. Logged, without anything that the caller sent. */
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
  | "TOKEN_EXTENSION"
  | "TOKENS_NOT_TAKEN"
  | "CONSUMER_UNKNOWN"
  | "TENANT_MALFORMED"
  | "SCOPE_MISSING"
  | "ROUTE_UNKNOWN";

/** The caller is unknown: 401. */
export class NotAuthenticated extends Error {
  override readonly name = "NotAuthenticated";
  readonly code: RefusalCode;
  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }
}

/** The caller is known and not permitted: 403. */
export class NotAllowed extends Error {
  override readonly name = "NotAllowed";
  readonly code: RefusalCode;
  /** Shown to the caller; without quotation marks, since the gateway inserts it into its JSON. */
  readonly detail: string;
  constructor(code: RefusalCode, detail: string) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}
