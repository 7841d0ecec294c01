import type { Job } from "../../../protocol/jobs.ts";
import { expiry, JOB, JOBS, jobChoiceKey, jobKey } from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import { CLOSED_LIFE_SECONDS } from "../../limits.ts";
import { type Clock, compare, type Item, isNew, type Table } from "../../ports.ts";

/** Jobs that are looked at and listed. */
const LISTED = 100;
/** Chosen ids in an item: of 512 characters at most, so that they are within DynamoDB's 400 KB. */
const PIECE = 500;

/** A job with where it has come to. */
export interface JobRecord {
  readonly job: Job;
  /** Time before which the next dead letters were recorded, ISO 8601; of a job on requests, how many it has taken. */
  readonly cursor: string;
  /** Ids of the page before, where some may come again: dead letters of its last millisecond. */
  readonly seen: readonly string[];
  /** Ids that are being decided on. A function that died leaves them to the next run, which counts each once. */
  readonly pending: readonly string[];
  /** Hash of the chosen requests, by which the same choice is known again; `""` in a job on dead letters. */
  readonly choice: string;
  /** Number of writes. */
  readonly version: number;
}

/** Jobs, in one partition. */
export function jobStore({ table, clock }: { readonly table: Pick<Table, "get" | "put" | "query">; readonly clock: Clock }) {
  const write = (record: JobRecord, before: JobRecord | undefined) =>
    table.put(itemOf(record, clock.now()), before ? compare("version", "=", before.version) : isNew);
  const get = async (id: string) => {
    const item = await table.get(jobKey(id));
    return item && recordFrom(item);
  };
  return {
    get,
    /** @returns the newest 100, the newest first */
    recent: async (): Promise<readonly JobRecord[]> =>
      (await table.query(JOBS, { prefix: JOB, last: LISTED })).map(recordFrom).sort((a, b) => (a.job.id < b.job.id ? 1 : -1)),
    /**
     * Writes the chosen requests, then the job: a crash in between leaves nothing that runs.
     * @param ids of the chosen requests; none in a job on dead letters
     */
    async create(job: Job, ids: readonly string[] = [], choice = ""): Promise<boolean> {
      for (let from = 0; from < ids.length; from += PIECE) {
        const chosen = JSON.stringify(ids.slice(from, from + PIECE));
        await table.put({ ...jobChoiceKey(job.id, from / PIECE), chosen, ...expiry(clock.now(), CLOSED_LIFE_SECONDS) });
      }
      const cursor = ids.length > 0 ? placeText(0) : job.startedAt;
      return write({ job, cursor, seen: [], pending: [], choice, version: 1 }, undefined);
    },
    /** @returns up to so many of the chosen requests from this place on, or fewer where an item of them ends; none after the last */
    async chosen(id: string, place: number, most: number): Promise<readonly string[]> {
      const item = await table.get(jobChoiceKey(id, Math.floor(place / PIECE)));
      const ids = JSON.parse(String(item?.chosen ?? "[]")) as readonly string[];
      return ids.slice(place % PIECE, (place % PIECE) + most);
    },
    /**
     * @param change returns `undefined` to keep the record
     * @returns the record afterwards; `undefined` where it was kept or is not there
     */
    async change(
      id: string,
      change: (known: JobRecord) => Omit<JobRecord, "version"> | undefined,
    ): Promise<JobRecord | undefined> {
      const done = await contending(TRIES, async () => {
        const before = await get(id);
        const after = before && change(before);
        if (!before || !after) return { record: undefined };
        const next = { ...after, version: before.version + 1 };
        return (await write(next, before)) ? { record: next } : undefined;
      });
      if (!done) throw new Error(`other functions wrote the job ${id} ${TRIES} times in a row`);
      return done.record;
    },
  };
}
export type JobStore = ReturnType<typeof jobStore>;

/**
 * A place among the chosen requests, as the record's cursor. Before every time: a sweeper of an earlier version, which takes it for one,
 * finds no dead letter before it.
 */
export const placeText = (place: number): string => String(place).padStart(8, "0");

const TRIES = 10;

const itemOf = ({ job, cursor, seen, pending, choice, version }: JobRecord, now: number): Item => ({
  ...jobKey(job.id),
  ...{ job: JSON.stringify(job), cursor, seen: JSON.stringify(seen), pending: JSON.stringify(pending), choice, version },
  ...expiry(now, CLOSED_LIFE_SECONDS),
});

const recordFrom = ({ job, cursor, seen, pending, choice = "", version }: Item): JobRecord => ({
  // A job of an earlier version is on dead letters.
  job: { requests: 0, ...(JSON.parse(String(job)) as Omit<Job, "requests">) },
  choice: String(choice),
  cursor: String(cursor),
  seen: JSON.parse(String(seen)) as string[],
  pending: JSON.parse(String(pending)) as string[],
  version: Number(version),
});
