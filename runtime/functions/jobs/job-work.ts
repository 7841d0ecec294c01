import type { Job } from "../../../protocol/jobs.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import type { JobRecord } from "./job-store.ts";

/** What a job decides on: dead letters or requests. */
export interface JobWork {
  /** What it says at its end. */
  readonly none: string;
  /** @returns the next ids, and the place after them; `undefined` where none is left */
  next(record: JobRecord, most: number): Promise<Pick<JobRecord, "cursor" | "seen" | "pending"> | undefined>;
  /** May be called again for an id on which it has decided already. @returns why it was refused */
  decide(job: Job, id: string): Promise<string | undefined>;
  /** @returns how many of those that it sent back or ran again have an open dead letter now */
  failedAgain(job: Job): Promise<number>;
}

/** @returns the name that a decision has for its operator, by which the job knows its own again */
export const markOf = ({ id, by }: Pick<Job, "id" | "by">): string => `${by} (${id})`;

/** Whether the job decided on it already; it may have failed again since. */
export const isOwn = ({ closedBy, closedAt }: DeadLetter, job: Job): boolean =>
  closedBy === markOf(job) && closedAt >= job.startedAt;

/** Open dead letters that are looked through for those that failed again. */
export const WATCHED = 1_000;
