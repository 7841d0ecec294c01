import { type Job, NAMED_REFUSALS } from "../../../protocol/jobs.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Services } from "../../services.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { decideOnAll, decisionsOn } from "../dead-letters/decide.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { deadLetterWork } from "./dead-letter-work.ts";
import { type JobRecord, type JobStore, jobStore } from "./job-store.ts";
import type { JobWork } from "./job-work.ts";
import { requestWork } from "./request-work.ts";

/** Ids that are decided on between two writes of the job. */
const BATCH = 50;
/** Pages without a match that one run reads; each may read some thousands of dead letters. */
const MOST_PAGES = 20;
/** Time of one run for all jobs, ms: half of the function's. */
const LONGEST_RUN_MS = 15_000;

interface Ports {
  readonly jobs: JobStore;
  readonly work: JobWork;
  readonly now: () => number;
}

/**
 * One run of all running jobs, each for as many dead letters or requests as its rate admits in a minute.
 * @throws the first error, when all jobs were run
 */
export async function runJobs(services: Services<unknown>, targets: ReturnType<typeof targetStore>, log: Logger): Promise<void> {
  const jobs = jobStore(services);
  const run = jobRunner(services, targets, log);
  const until = services.clock.now() + LONGEST_RUN_MS;
  const errors: unknown[] = [];
  // The oldest first: a new job does not keep the others waiting.
  for (const { job } of (await jobs.recent())
    .toReversed()
    .filter(({ job: { state }, pending }) => state === "running" || pending.length > 0))
    try {
      await run(job, job.rate, until);
    } catch (error) {
      errors.push(error);
      log.error("job failed; it goes on in a minute", { job: job.id, ...thrownFields(error) });
    }
  if (errors.length > 0) throw errors[0];
}

/**
 * Goes on with one job.
 * @returns a function of the job, of how many ids it may decide on, and of when it begins with no more, ms since the epoch. It returns the
 *   job as it is then
 */
export function jobRunner(services: Services<unknown>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const jobs = jobStore(services);
  const store = deadLetterStore(services.table);
  const decisions = decisionsOn(services, store, targets);
  const now = () => services.clock.now();
  const onDeadLetters = deadLetterWork(store, decisions, now);
  const onRequests = requestWork(services, targets, log, { jobs, store, decisions });

  return async (listed: Job, most: number, until: number): Promise<Job> => {
    const { id, requests } = listed;
    const ports: Ports = { jobs, now, work: requests > 0 ? onRequests : onDeadLetters };
    let left = most;
    for (let pages = 0; left > 0 && pages < MOST_PAGES && now() < until; pages += 1) {
      const record = await jobs.get(id);
      if (record && record.pending.length > 0) {
        // Also of a job that an operator stopped meanwhile, and of a function that died.
        left -= record.pending.length;
        pages = 0;
        await decide(record, ports);
      } else if (record?.job.state !== "running" || (await stopsItself(record, ports))) break;
      else await claim(record, Math.min(BATCH, left), ports);
    }
    const known = (await jobs.get(id))?.job ?? listed;
    if (requests > 0 && known.done + known.refused >= requests) await end(id, "done", ports.work.none, ports);
    const job = (await jobs.get(id))?.job ?? known;
    const { state, done, refused, ended } = job;
    log.info("job run", { job: id, state, done, refused, ...(ended !== "" && { ended }) });
    return job;
  };
}

/** @returns whether too many of those that it sent back have failed again; the job has ended then */
async function stopsItself({ job }: JobRecord, ports: Ports): Promise<boolean> {
  const again = await ports.work.failedAgain(job);
  if (again >= job.stopAfter) {
    const what = job.verb === "runAgain" ? "ran again" : "sent back";
    await end(job.id, "stopped", `${again} of those that it ${what} have failed again`, ports, again);
    return true;
  }
  if (again !== job.again) await ports.jobs.change(job.id, (known) => ({ ...known, job: { ...known.job, again } }));
  return false;
}

/** Takes the next ids; without any left, ends the job. */
async function claim(record: JobRecord, size: number, ports: Ports): Promise<void> {
  const { jobs, work } = ports;
  const { job, cursor } = record;
  const next = await work.next(record, size);
  if (next === undefined) return end(job.id, "done", work.none, ports);
  await jobs.change(job.id, (known) =>
    known.job.state === "running" && known.cursor === cursor && known.pending.length === 0 ? { ...known, ...next } : undefined,
  );
}

/** Decides on the ids that were taken, by this function or by one that died before it could count them, and counts them. */
async function decide({ job, pending }: JobRecord, { jobs, work }: Ports): Promise<void> {
  const results = await decideOnAll(pending, async (id) => ({ id, refused: await work.decide(job, id) }));
  const refusals = results.flatMap(({ id, refused }) => (refused === undefined ? [] : [{ id, refused }]));
  const text = JSON.stringify(pending);
  await jobs.change(job.id, (known) =>
    JSON.stringify(known.pending) === text
      ? {
          ...known,
          pending: [],
          job: {
            ...known.job,
            done: known.job.done + results.length - refusals.length,
            refused: known.job.refused + refusals.length,
            refusals: [...known.job.refusals, ...refusals].slice(0, NAMED_REFUSALS),
          },
        }
      : undefined,
  );
}

/** Ids that are pending stay, for the function that decides on them to count. */
async function end(
  id: string,
  state: "done" | "stopped",
  ended: string,
  { jobs, now }: Pick<Ports, "jobs" | "now">,
  again?: number,
): Promise<void> {
  const endedAt = new Date(now()).toISOString();
  await jobs.change(id, (known) =>
    known.job.state === "running"
      ? { ...known, job: { ...known.job, state, ended, endedAt, ...(again !== undefined && { again }) } }
      : undefined,
  );
}
