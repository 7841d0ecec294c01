/** One event as it is handed to the bus. */
export interface Entry {
  readonly source: string;
  readonly detailType: string;
  /** JSON of an Envelope. */
  readonly detail: string;
}

/** The event bus. */
export interface Bus {
  /**
   * Publishes up to 10 entries.
   * @returns for each entry the error code the bus refused it with, or `undefined` when it took it.
   */
  put(entries: readonly Entry[]): Promise<readonly (string | undefined)[]>;
}
