/** A call over HTTP that a function makes to a server in the hub's own process. */
export interface LocalCall {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface LocalAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Answers the calls to one server.
 * @param signal aborts when the caller waits no longer
 * @returns `undefined` when the connection breaks instead
 */
export type LocalServer = (call: LocalCall, signal: AbortSignal) => Promise<LocalAnswer | undefined>;
