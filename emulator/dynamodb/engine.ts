/** A DynamoDB that runs beside the hub, without authorisation. */
export interface Engine {
  /** Base URL while it runs; waits for a restart that is under way. */
  url(): Promise<string>;
  /** Resolves when it has ended and let go of its file. */
  stop(): Promise<void>;
}

/** No DynamoDB can be started; the message says why and what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}
