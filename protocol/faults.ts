/** Where the sandbox takes and lists the faults of the third parties that it plays. */
export const FAULTS_PATH = "/_faults";

/** Mode of a fault of connections by TLS: the third party presents a certificate that has expired. */
export const EXPIRED_CERTIFICATE = "expired-certificate";

/** What a third party does in the sandbox. `ok` ends its faults. */
export const FAULT_MODES = [
  "ok",
  "slow",
  "error",
  "rate-limit",
  "hang",
  "invalid",
  "after-timeout",
  EXPIRED_CERTIFICATE,
] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** A fault of a third party. */
export interface Fault {
  readonly target: string;
  /** @default all operations but `token` */
  readonly operation?: string | undefined;
  readonly mode: FaultMode;
  /** For `slow`; 0 to 600,000. @default 3000 */
  readonly delayMs?: number | undefined;
  /** For `error`; 400 to 599. @default 500 */
  readonly status?: number | undefined;
  /** For `rate-limit`; seconds, 0 to 86,400. @default 1 */
  readonly retryAfter?: number | undefined;
  /** 0 to 1. @default 1 */
  readonly probability?: number | undefined;
  /** The fault ends after this number of calls, 1 or more. @default no end */
  readonly times?: number | undefined;
  /** ISO 8601: the fault ends then. @default no end */
  readonly until?: string | undefined;
}

const DEFAULT_STATUS = 500;

/** Such as `error 422, 3 calls`. */
export const faultText = ({ mode, delayMs, status = DEFAULT_STATUS, retryAfter, probability = 1, times, until }: Fault): string =>
  [
    mode === "error" ? `error ${status}` : mode,
    ...(delayMs === undefined ? [] : [`${delayMs} ms`]),
    ...(retryAfter === undefined ? [] : [`again after ${retryAfter} s`]),
    ...(probability === 1 ? [] : [`${probability * 100} % of calls`]),
    ...(times === undefined ? [] : [`${times} call${times === 1 ? "" : "s"}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ].join(", ");
