import { type Duration, seconds } from "./duration.ts";

// Bundles may hold more than one copy of this module, so errors are recognised by name, never by `instanceof`.

/**
 * Retrying can't help: the message goes to the dead-letter queue at once, whatever attempts are left.
 * Name and idea are Restate's.
 */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
  /** Machine-readable class of the failure, such as `INVALID_PAYLOAD`; shown in the request's state. */
  readonly code: string;
  constructor(message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options);
    this.code = options.code ?? "TERMINAL";
  }
}

/** Retry later: the message waits in its queue for `after`, and the attempt does not count. */
export class RetryLaterError extends Error {
  override readonly name = "RetryLaterError";
  readonly code: string;
  /** Seconds to wait. SQS hides a message for 12 hours at most; a longer wait is cut to that. */
  readonly afterSeconds: number;
  constructor(message: string, options: ErrorOptions & { readonly after: Duration; readonly code?: string }) {
    super(message, options);
    this.code = options.code ?? "RETRY_LATER";
    this.afterSeconds = seconds(options.after);
  }
}

export const isTerminal = (error: unknown): error is TerminalError => nameOf(error) === "TerminalError";
export const isRetryLater = (error: unknown): error is RetryLaterError => nameOf(error) === "RetryLaterError";

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);
