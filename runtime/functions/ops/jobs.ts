import { randomUUID } from "node:crypto";
import {
  DEFAULT_RATE,
  DEFAULT_STOP,
  JOB_ID,
  JOB_VERBS,
  type Job,
  type JobVerb,
  LARGEST_RATE,
  LARGEST_STOP,
  MOST_RUNNING,
} from "../../../protocol/jobs.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { JOB } from "../../../protocol/table.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, HttpProblem, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import type { Services } from "../../services.ts";
import { jobStore } from "../jobs/job-store.ts";
import { bodyOf, reasonOf, selectionOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

/** Jobs that decide on many dead letters; the sweeper runs them. */
export function jobOperations(services: Services<OpsEnvironment>, log: Logger) {
  const { clock } = services;
  const jobs = jobStore(services);

  async function start(job: Job): Promise<Outcome> {
    const running = (await jobs.recent()).map((record) => record.job).filter(({ state }) => state === "running");
    const same = running.find(({ verb, filter }) => verb === job.verb && sameFilter(filter, job.filter));
    if (same) throw conflict(`Job ${same.id} of ${same.by} does the same already. Stop it, or wait for its end.`);
    if (running.length >= MOST_RUNNING)
      throw conflict(`${MOST_RUNNING} jobs are running already. Stop some, or wait for their end.`);
    if (!(await jobs.create(job))) throw new Error("the id of a job was taken");
    log.info("job started", { operator: job.by, job: job.id, verb: job.verb });
    return { response: json(202, { job }), outcome: `started ${job.id}` };
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
        } = bodyOf(body, ["verb", "filter", "all", "rate", "stopAfter", "reason"]);
        if (!(JOB_VERBS as readonly unknown[]).includes(verb)) throw badRequest(`verb is not one of ${JOB_VERBS.join(", ")}.`);
        const selection = selectionOf(selected);
        if ("ids" in selection) throw badRequest("A job takes a filter, or all.");
        const filter = selection.filter as Job["filter"];
        // It leaves what is recorded after its start to the next job.
        if (filter.to !== undefined) throw badRequest("A job takes no to: it ends with what was recorded before it started.");
        const why = reasonOf({ reason });
        const numbers = { rate: wholeOf("rate", rate, LARGEST_RATE), stopAfter: wholeOf("stopAfter", stopAfter, LARGEST_STOP) };
        const startedAt = new Date(clock.now()).toISOString();
        const id = `${JOB}${startedAt.replaceAll(/\D/g, "")}-${randomUUID().slice(0, 8)}`;
        return {
          about: { job: id, verb, filter, ...numbers },
          why,
          act: ({ name: by }) =>
            start({
              ...{ id, verb: verb as JobVerb, filter, ...numbers, by, why: maskedText(why), state: "running", ended: "" },
              ...{ startedAt, endedAt: "", done: 0, refused: 0, again: 0, refusals: [] },
            }),
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

const sameFilter = (a: Job["filter"], b: Job["filter"]): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** @throws HttpProblem 400 */
function wholeOf(name: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw badRequest(`${name} is not a whole number from 1 to ${most}.`);
}
