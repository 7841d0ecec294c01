import { randomUUID } from "node:crypto";
import {
  DEAD_LETTER_VERBS,
  DEFAULT_RATE,
  DEFAULT_STOP,
  JOB_ID,
  type Job,
  type JobVerb,
  LARGEST_CHOICE,
  LARGEST_RATE,
  LARGEST_STOP,
  MOST_RUNNING,
  REQUEST_VERBS,
} from "../../../protocol/jobs.ts";
import { REQUEST_ID } from "../../../protocol/queries.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { JOB } from "../../../protocol/table.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, HttpProblem, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import type { Services } from "../../services.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { jobStore } from "../jobs/job-store.ts";
import { jobRunner } from "../jobs/run-jobs.ts";
import { bodyOf, reasonOf, selectionOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

/** Chosen requests that are decided on before the answer: a small choice needs no wait for the sweeper. */
const AT_ONCE = 25;
/** The answer takes at most a page longer than this, ms. */
const LONGEST_START_MS = 5_000;

/** What a job decides on. */
interface Chosen {
  readonly filter: Job["filter"];
  /** Chosen requests; none: dead letters. */
  readonly ids: readonly string[];
}

/** Jobs that decide on many dead letters or requests. The sweeper runs them; of chosen requests the first are decided on at once. */
export function jobOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { clock } = services;
  const jobs = jobStore(services);

  async function start(job: Job, ids: readonly string[]): Promise<Outcome> {
    const choice = ids.length > 0 ? hashOf(ids) : "";
    const running = (await jobs.recent()).filter(({ job: { state } }) => state === "running");
    const same = running.find(
      (one) => one.job.verb === job.verb && one.choice === choice && sameFilter(one.job.filter, job.filter),
    );
    if (same) throw conflict(`Job ${same.job.id} of ${same.job.by} does the same already. Stop it, or wait for its end.`);
    if (running.length >= MOST_RUNNING)
      throw conflict(`${MOST_RUNNING} jobs are running already. Stop some, or wait for their end.`);
    if (!(await jobs.create(job, ids, choice))) throw new Error("the id of a job was taken");
    log.info("job started", { operator: job.by, job: job.id, verb: job.verb });
    const begun = ids.length > 0 ? await begin(job) : job;
    return { response: json(202, { job: begun }), outcome: `started ${job.id}` };
  }

  async function begin(job: Job): Promise<Job> {
    try {
      return await jobRunner(services, targets, log)(job, Math.min(AT_ONCE, job.rate), clock.now() + LONGEST_START_MS);
    } catch (error) {
      log.error("job failed; it goes on in a minute", { job: job.id, ...thrownFields(error) });
      return (await jobs.get(job.id))?.job ?? job;
    }
  }

  return {
    listJobs: { read: async () => json(200, { jobs: (await jobs.recent()).map(({ job }) => job) }) },
    startJob: {
      change: ({ body }) => {
        const {
          verb,
          rate = DEFAULT_RATE,
          stopAfter = DEFAULT_STOP,
          reason,
          ...selected
        } = bodyOf(body, ["verb", "requestIds", "filter", "all", "rate", "stopAfter", "reason"]);
        const { filter, ids } = chosenBy(selected);
        const verbs: readonly unknown[] = ids.length > 0 ? REQUEST_VERBS : DEAD_LETTER_VERBS;
        if (!verbs.includes(verb))
          throw badRequest(`verb is not one of ${verbs.join(", ")} for ${ids.length > 0 ? "requests" : "dead letters"}.`);
        const why = reasonOf({ reason });
        const numbers = { rate: wholeOf("rate", rate, LARGEST_RATE), stopAfter: wholeOf("stopAfter", stopAfter, LARGEST_STOP) };
        const startedAt = new Date(clock.now()).toISOString();
        const id = `${JOB}${startedAt.replaceAll(/\D/g, "")}-${randomUUID().slice(0, 8)}`;
        const what = ids.length > 0 ? { requests: ids.length, requestIds: ids.slice(0, NAMED_REQUESTS) } : { filter };
        return {
          about: { job: id, verb, ...what, ...numbers },
          why,
          act: ({ name: by }) => {
            const job: Job = {
              ...{ id, verb: verb as JobVerb, filter, requests: ids.length, ...numbers, by, why: maskedText(why) },
              ...{ state: "running", ended: "", startedAt, endedAt: "", done: 0, refused: 0, again: 0, refusals: [] },
            };
            return start(job, ids);
          },
        };
      },
    },
    stopJob: {
      change: async (event) => {
        const id = pathParameterOf(event, "id") ?? "";
        const known = JOB_ID.test(id) ? await jobs.get(id) : undefined;
        if (!known) throw new HttpProblem(404, "Not Found", "There is no such job.");
        const why = reasonOf(bodyOf(event.body, ["reason"]));
        return {
          about: { job: id },
          why,
          act: async ({ name: by }) => {
            const [endedAt, ended] = [new Date(clock.now()).toISOString(), `${by} stopped it: ${maskedText(why)}`];
            const stopped = await jobs.change(id, (record) =>
              record.job.state === "running"
                ? { ...record, job: { ...record.job, state: "stopped", ended, endedAt } }
                : undefined,
            );
            const job = stopped?.job ?? (await jobs.get(id))?.job ?? known.job;
            if (!stopped) throw conflict(`The job is ${job.state} already: ${job.ended}.`);
            log.info("job stopped", { operator: by, job: id });
            return { response: json(200, { job }), outcome: `stopped after ${job.done}` };
          },
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

/** Chosen requests that the audit trail names. */
const NAMED_REQUESTS = 100;

/** @throws HttpProblem 400 */
function chosenBy({ requestIds, ...selected }: Readonly<Record<string, unknown>>): Chosen {
  if (requestIds === undefined) {
    const selection = selectionOf(selected);
    if ("ids" in selection) throw badRequest("A job takes requestIds, a filter, or all.");
    // It leaves what is recorded after its start to the next job.
    if (selection.filter.to !== undefined)
      throw badRequest("A job takes no to: it ends with what was recorded before it started.");
    return { filter: selection.filter as Job["filter"], ids: [] };
  }
  if (Object.keys(selected).length > 0) throw badRequest("Send exactly one of requestIds, filter and all.");
  const isSound =
    Array.isArray(requestIds) &&
    requestIds.length > 0 &&
    requestIds.length <= LARGEST_CHOICE &&
    requestIds.every((id) => typeof id === "string" && REQUEST_ID.test(id));
  if (!isSound) throw badRequest(`requestIds is not a list of 1 to ${LARGEST_CHOICE} ids of requests.`);
  return { filter: {}, ids: [...new Set(requestIds as string[])] };
}

const sameFilter = (a: Job["filter"], b: Job["filter"]): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** @throws HttpProblem 400 */
function wholeOf(name: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw badRequest(`${name} is not a whole number from 1 to ${most}.`);
}
