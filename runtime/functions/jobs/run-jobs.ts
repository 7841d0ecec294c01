import { type Job, NAMED_REFUSALS } from "../../../protocol/jobs.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Services } from "../../services.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import { type DeadLetterFilter, type DeadLetterStore, deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decided, type Decisions, decideOnAll, decisionsOn } from "../dead-letters/decide.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { type JobRecord, type JobStore, jobStore } from "./job-store.ts";

/** Dead letters that are decided on between two writes of the job. */
const BATCH = 50;
/** Pages without a match that one run reads; each may read some thousands of dead letters. */
const MOST_PAGES = 20;
/** Time of one run for all jobs, ms: half of the function's. */
const LONGEST_RUN_MS = 15_000;
/** Open dead letters that are looked through for those that failed again. */
const WATCHED = 1_000;

/** @returns the name that dead letters have under `closedBy`, by which the job knows its own again */
const markOf = ({ id, by }: Pick<Job, "id" | "by">): string => `${by} (${id})`;

interface Ports {
  readonly jobs: JobStore;
  readonly store: DeadLetterStore;
  readonly decisions: Decisions;
  readonly now: () => number;
}

/**
 * One run of all running jobs, each for as many dead letters as its rate admits in a minute.
 * @throws the first error, when all jobs were run
 */
export async function runJobs(services: Services<unknown>, targets: ReturnType<typeof targetStore>, log: Logger): Promise<void> {
  const { table, clock } = services;
  const jobs = jobStore(services);
  const store = deadLetterStore(table);
  const decisions = decisionsOn(services, store, targets);
  const ports: Ports = { jobs, store, decisions, now: () => clock.now() };
  const until = clock.now() + LONGEST_RUN_MS;
  const errors: unknown[] = [];
  // The oldest first: a new job does not keep the others waiting.
  for (const { job } of (await jobs.recent())
    .toReversed()
    .filter(({ job: { state }, pending }) => state === "running" || pending.length > 0))
    try {
      const { state, done, refused, ended } = await runOne(job, ports, until);
      log.info("job run", { job: job.id, state, done, refused, ...(ended !== "" && { ended }) });
    } catch (error) {
      errors.push(error);
      log.error("job failed; it goes on in a minute", { job: job.id, ...thrownFields(error) });
    }
  if (errors.length > 0) throw errors[0];
}

async function runOne(listed: Job, ports: Ports, until: number): Promise<Job> {
  const { jobs, now } = ports;
  const { id } = listed;
  let left = listed.rate;
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
  return (await jobs.get(id))?.job ?? listed;
}

/** @returns whether too many of those that it sent back have failed again; the job has ended then */
async function stopsItself({ job }: JobRecord, ports: Ports): Promise<boolean> {
  const again = job.verb === "redrive" ? await failedAgain(job, ports) : 0;
  if (again >= job.stopAfter) {
    await end(job.id, "stopped", `${again} of those that it sent back have failed again`, ports, again);
    return true;
  }
  if (again !== job.again) await ports.jobs.change(job.id, (known) => ({ ...known, job: { ...known.job, again } }));
  return false;
}

/** Takes the next dead letters; without any left, ends the job. */
async function claim({ job, cursor, seen, pending: { length } }: JobRecord, size: number, ports: Ports): Promise<void> {
  const { jobs, store, now } = ports;
  const page = await store.find({ ...(job.filter as DeadLetterFilter), state: "open", to: cursor }, size, now());
  const pending = page.deadLetters.map(({ id }) => id).filter((id) => !seen.includes(id));
  const isLast = page.next === undefined;
  if (pending.length === 0 && isLast) return end(job.id, "done", "no dead letter is left", ports);
  await jobs.change(job.id, (known) =>
    known.job.state === "running" && known.cursor === cursor && known.pending.length === length
      ? { ...known, pending, seen: page.deadLetters.map(({ id }) => id), cursor: page.next ?? cursor }
      : undefined,
  );
}

/** Decides on the dead letters that were taken, by this function or by one that died before it could count them, and counts them. */
async function decide({ job, pending }: JobRecord, { jobs, store, decisions }: Ports): Promise<void> {
  const mark = markOf(job);
  const results = await decideOnAll(pending, async (id): Promise<Decided> => {
    const deadLetter = await store.get(id);
    if (!deadLetter) return { id, refused: "there is no such dead letter any more" };
    if (isOwn(deadLetter, job, mark)) return { id, state: job.verb === "redrive" ? "redriven" : "discarded" };
    return job.verb === "redrive" ? decisions.redrive(deadLetter, mark) : decisions.discard(deadLetter, mark, job.why);
  });
  const refusals = results.flatMap((result) => ("refused" in result ? [result] : []));
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

/** Whether the job decided on it already; it may have failed again since. */
const isOwn = ({ closedBy, closedAt }: DeadLetter, { startedAt }: Job, mark: string): boolean =>
  closedBy === mark && closedAt >= startedAt;

async function failedAgain(job: Job, { store, now }: Ports): Promise<number> {
  const { flow } = job.filter;
  const since: DeadLetterFilter = { state: "open", from: job.startedAt, ...(flow !== undefined && { flow }) };
  const { deadLetters } = await store.find(since, WATCHED, now());
  const mark = markOf(job);
  return deadLetters.filter((deadLetter) => isOwn(deadLetter, job, mark)).length;
}

/** Dead letters that are pending stay, for the function that decides on them to count. */
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
