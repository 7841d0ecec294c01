/** What can be done to many requests. Exports are made by the page: a file of theirs is no change of the hub. */
export const BULK_VERBS = ["redrive", "cancel"] as const;
export type BulkVerb = (typeof BULK_VERBS)[number];

/** Requests that one bulk action takes. */
export const LARGEST_BULK = 10_000;
/** Refusals that it names. */
export const NAMED_REFUSALS = 1_000;

/** A decision on many requests, which the console's server makes one by one through the ops API. It goes on when the page is closed. */
export interface Bulk {
  readonly id: string;
  readonly verb: BulkVerb;
  /** The query whose requests were taken; `""` where they were chosen one by one. */
  readonly query: string;
  readonly why: string;
  /** `stopped`: by a person, or because the hub did not answer; see `ended`. */
  readonly state: "running" | "done" | "stopped";
  /** Why it was stopped; `""` otherwise. */
  readonly ended: string;
  /** Requests: of these, how many were decided on, and how many of those were refused. */
  readonly total: number;
  readonly done: number;
  readonly refused: number;
  /** The first 1,000. */
  readonly refusals: readonly { readonly requestId: string; readonly refused: string }[];
  /** ISO 8601. */
  readonly startedAt: string;
}
