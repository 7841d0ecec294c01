import type { Logger } from "../logging/logger.ts";

/** On whose behalf third parties are called. */
export interface CallContext {
  readonly flow: string;
  readonly step: string;
  readonly requestId: string;
  readonly correlationId: string;
  /** Id of the delivery. */
  readonly delivery: string;
  readonly log: Logger;
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal;
}

/** What a client needs of an operation, its types forgotten. */
export interface AnyOperation {
  readonly route: string;
  readonly query: unknown;
  readonly body: unknown;
}
