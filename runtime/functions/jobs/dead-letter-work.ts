import type { DeadLetterFilter, DeadLetterStore } from "../dead-letters/dead-letter-store.ts";
import type { Decisions } from "../dead-letters/decide.ts";
import { isOwn, type JobWork, markOf, WATCHED } from "./job-work.ts";

/** Redrives or discards the dead letters that a filter selects, the newest first. */
export const deadLetterWork = (store: DeadLetterStore, decisions: Decisions, now: () => number): JobWork => ({
  none: "no dead letter is left",

  async next({ job, cursor, seen }, most) {
    const page = await store.find({ ...(job.filter as DeadLetterFilter), state: "open", to: cursor }, most, now());
    const ids = page.deadLetters.map(({ id }) => id);
    const pending = ids.filter((id) => !seen.includes(id));
    if (pending.length === 0 && page.next === undefined) return undefined;
    return { pending, seen: ids, cursor: page.next ?? cursor };
  },

  async decide(job, id) {
    const deadLetter = await store.get(id);
    if (!deadLetter) return "there is no such dead letter any more";
    if (isOwn(deadLetter, job)) return undefined;
    const decided = await (job.verb === "redrive"
      ? decisions.redrive(deadLetter, markOf(job))
      : decisions.discard(deadLetter, markOf(job), job.why));
    return "refused" in decided ? decided.refused : undefined;
  },

  async failedAgain(job) {
    if (job.verb !== "redrive") return 0;
    const { flow } = job.filter;
    const since: DeadLetterFilter = { state: "open", from: job.startedAt, ...(flow !== undefined && { flow }) };
    const { deadLetters } = await store.find(since, WATCHED, now());
    return deadLetters.filter((deadLetter) => isOwn(deadLetter, job)).length;
  },
});
