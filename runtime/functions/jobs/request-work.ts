import type { Job } from "../../../protocol/jobs.ts";
import { HttpProblem } from "../../http/problem.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Services } from "../../services.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import type { DeadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decisions, decideOnAll } from "../dead-letters/decide.ts";
import { deadLettersOf } from "../dead-letters/of-request.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import type { RequestState } from "../ledger/state.ts";
import { existingRequest } from "../ops/existing-request.ts";
import { announced, cancellations } from "../ops/requests.ts";
import { repetitionOf, repetitions } from "../ops/run-again.ts";
import { type JobStore, placeText } from "./job-store.ts";
import { isOwn, type JobWork, markOf, WATCHED } from "./job-work.ts";

/** Dead letters of one request of many deliveries that are decided on. */
const MOST_OF_ONE = 1_000;

/** Redrives, cancels or runs again the requests that were chosen, in their order. */
export function requestWork(
  services: Services<unknown>,
  targets: ReturnType<typeof targetStore>,
  log: Logger,
  { jobs, store, decisions }: { readonly jobs: JobStore; readonly store: DeadLetterStore; readonly decisions: Decisions },
): JobWork {
  const { clock, table } = services;
  const waits = new Map<string, Promise<number>>();
  // Once for all requests of a flow: each announcement may take a wait of seconds.
  const announce = (flow: string) => {
    const known = waits.get(flow) ?? announced(services, flow);
    waits.set(flow, known);
    return known;
  };
  const cancellable = cancellations(services, targets, log, announce);
  const repeatable = repetitions(services, targets, log);

  /** @returns those that are open, and those that the job closed */
  async function deadLettersIn({ request, body, createdAt }: RequestState, job: Job): Promise<readonly DeadLetter[]> {
    const { requestId, flow } = request;
    const concerns = (deadLetter: DeadLetter) => deadLetter.state === "open" || isOwn(deadLetter, job);
    if ("facts" in body) {
      const found = (await deadLettersOf(flow, body.facts.deliveries, store, await targets())).filter(concerns);
      if (found.length > 0 || !body.facts.deliveries.some(({ status }) => status === "failed")) return found;
    }
    return (await store.find({ requestId, from: createdAt }, MOST_OF_ONE, clock.now())).deadLetters.filter(concerns);
  }

  async function redrive(job: Job, requestId: string): Promise<string | undefined> {
    const deadLetters = await deadLettersIn(await existingRequest(table, requestId), job);
    if (deadLetters.length === 0) return "it has no open dead letter";
    const left = deadLetters.filter((deadLetter) => !isOwn(deadLetter, job));
    const decided = await decideOnAll(left, (deadLetter) => decisions.redrive(deadLetter, markOf(job)));
    const refusals = decided.flatMap((one) => ("refused" in one ? [`dead letter ${one.id}: ${one.refused}`] : []));
    return refusals.length === 0 ? undefined : refusals.join("; ");
  }

  const decided: Readonly<Record<string, (job: Job, requestId: string) => Promise<string | undefined>>> = {
    redrive,
    async cancel(job, requestId) {
      await cancellable(await existingRequest(table, requestId))(markOf(job), job.why);
      return undefined;
    },
    async runAgain(job, requestId) {
      await (await repeatable(await existingRequest(table, requestId)))(newRequestOf(job, requestId));
      return undefined;
    },
  };

  return {
    none: "no request is left",

    async next({ job, cursor }, most) {
      const pending = await jobs.chosen(job.id, Number(cursor), most);
      return pending.length === 0 ? undefined : { pending, seen: [], cursor: placeText(Number(cursor) + pending.length) };
    },

    async decide(job, requestId) {
      try {
        return await decided[job.verb]?.(job, requestId);
      } catch (error) {
        if (error instanceof HttpProblem && error.status < 500) return error.message;
        throw error;
      }
    },

    async failedAgain(job) {
      if (job.verb === "cancel" || job.done === 0) return 0;
      const { deadLetters } = await store.find({ state: "open", from: job.startedAt }, WATCHED, clock.now());
      if (job.verb === "redrive") return deadLetters.filter((deadLetter) => isOwn(deadLetter, job)).length;
      const began = new Set(deadLetters.map(({ cause }) => cause?.requestId ?? ""));
      const ran = new Set<string>();
      for (let place = 0; place < job.done + job.refused; ) {
        const ids = await jobs.chosen(job.id, place, job.requests);
        if (ids.length === 0) break;
        for (const id of ids) ran.add(newRequestOf(job, id));
        place += ids.length;
      }
      return [...began].filter((id) => ran.has(id)).length;
    },
  };
}

const newRequestOf = (job: Job, requestId: string): string =>
  repetitionOf(requestId, { by: markOf(job), why: job.why, name: "" });
