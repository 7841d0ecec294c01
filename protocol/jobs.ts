/** What a job does with each dead letter that a filter selects. */
export const DEAD_LETTER_VERBS = ["redrive", "discard"] as const;
/** What a job does with each request that was chosen; `redrive`: of its open dead letters. */
export const REQUEST_VERBS = ["redrive", "cancel", "runAgain"] as const;
export type RequestVerb = (typeof REQUEST_VERBS)[number];
export const JOB_VERBS = ["redrive", "discard", "cancel", "runAgain"] as const;
export type JobVerb = (typeof JOB_VERBS)[number];

/** States of a job. `stopped`: by an operator, or because too many failed again; see `ended`. */
export const JOB_STATES = ["running", "done", "stopped"] as const;
/** It begins with its time, so that ids sort by it. */
export const JOB_ID = /^job-[0-9]{17}-[0-9a-f]{8}$/;

/** Requests that one job takes. */
export const LARGEST_CHOICE = 10_000;
/** Dead letters or requests a minute. */
export const LARGEST_RATE = 1_000;
export const DEFAULT_RATE = 100;
/** A job stops itself when so many of those that it sent back have failed again. */
export const LARGEST_STOP = 1_000;
export const DEFAULT_STOP = 5;
/** Jobs that run at once. */
export const MOST_RUNNING = 10;
/** Refusals that a job names. */
export const NAMED_REFUSALS = 100;

/** A decision on many dead letters or requests, which the hub makes minute by minute. */
export interface Job {
  readonly id: string;
  readonly verb: JobVerb;
  /** Filters of dead letters (protocol/queries.ts), but for the state; none: all, unless requests were chosen. */
  readonly filter: Readonly<Record<string, string>>;
  /** How many requests were chosen, up to 10,000; 0: it decides on dead letters. */
  readonly requests: number;
  /** Dead letters or requests a minute, 1 to 1,000. */
  readonly rate: number;
  /** 1 to 1,000. */
  readonly stopAfter: number;
  readonly by: string;
  readonly why: string;
  readonly state: (typeof JOB_STATES)[number];
  /** Why it ended; `""` while it runs. */
  readonly ended: string;
  /** ISO 8601. What is recorded later is left to the next job. */
  readonly startedAt: string;
  /** ISO 8601; `""` while it runs. */
  readonly endedAt: string;
  readonly done: number;
  readonly refused: number;
  /** Of those that it sent back or ran again, how many had an open dead letter when it looked last. */
  readonly again: number;
  /** The first 100 refusals, each with the id of its dead letter or request. */
  readonly refusals: readonly { readonly id: string; readonly refused: string }[];
}

/** Answer of `GET /ops/jobs`. */
export interface JobsPage {
  /** The newest first. */
  readonly jobs: readonly Job[];
}
