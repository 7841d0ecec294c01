import type { Job } from "../../../protocol/jobs.ts";
import { expiry, JOB, JOBS, jobKey } from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import { CLOSED_LIFE_SECONDS } from "../../limits.ts";
import { type Clock, compare, type Item, isNew, type Table } from "../../ports.ts";

/** Jobs that are looked at and listed. */
const LISTED = 100;

/** A job with where it has come to. */
export interface JobRecord {
  readonly job: Job;
  /** Time before which the next dead letters were recorded, ISO 8601. */
  readonly cursor: string;
  /** Ids of the page before: those of its last millisecond come again. */
  readonly seen: readonly string[];
  /** Ids that are being decided on. A function that died leaves them to the next run, which counts each once. */
  readonly pending: readonly string[];
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
    create: (job: Job): Promise<boolean> => write({ job, cursor: job.startedAt, seen: [], pending: [], version: 1 }, undefined),
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

const TRIES = 10;

const itemOf = ({ job, cursor, seen, pending, version }: JobRecord, now: number): Item => ({
  ...jobKey(job.id),
  ...{ job: JSON.stringify(job), cursor, seen: JSON.stringify(seen), pending: JSON.stringify(pending), version },
  ...expiry(now, CLOSED_LIFE_SECONDS),
});

const recordFrom = ({ job, cursor, seen, pending, version }: Item): JobRecord => ({
  job: JSON.parse(String(job)) as Job,
  cursor: String(cursor),
  seen: JSON.parse(String(seen)) as string[],
  pending: JSON.parse(String(pending)) as string[],
  version: Number(version),
});
