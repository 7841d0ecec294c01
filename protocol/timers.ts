/** Most runs that one call leaves out or makes up for. */
export const MOST_RUNS = 100;

/** Answer of `POST /ops/triggers/skip` and of `POST /ops/triggers/backfill`. */
export interface TimedRuns {
  readonly flow: string;
  readonly trigger: string;
  /** The runs that the call left out, or started. */
  readonly runs: readonly {
    /** ISO 8601: the time for which it is scheduled. */
    readonly at: string;
    readonly requestId: string;
  }[];
}

/** Answer of `POST /ops/triggers/run`. */
export interface TriggerRun {
  readonly flow: string;
  readonly trigger: string;
  /** Of the request that a schedule starts; `null` for a poll, which starts one for each event that it finds. */
  readonly requestId: string | null;
}
