import { DEAD_LETTER_VERBS, type Job, type JobsPage, REQUEST_VERBS } from "../protocol/jobs.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { numberOf, type Options, oneId, reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { refuseUnknown } from "./known-flows.ts";
import { call } from "./ops-client.ts";
import { table } from "./table.ts";

/** `npm run hub -- jobs list`: jobs with their progress, the newest first. @returns the text to print */
export async function listJobs(hub: Connection, { json }: Options): Promise<string> {
  const page = await call<JobsPage>(hub, OPS_ROUTES.listJobs);
  if (json === true) return JSON.stringify(page, null, 2);
  if (page.jobs.length === 0) return "no jobs";
  const rows = page.jobs.map(({ id, verb, by, why, state, done, refused, again, ended, ...on }) => [
    ...[id, verb, whatText(on), by, why, state, String(done), String(refused), String(again), ended || "-"],
  ]);
  const refusals = page.jobs.flatMap(({ id, refusals }) => refusals.map((one) => `${id}: refused ${one.id}: ${one.refused}`));
  return [table(["JOB", "VERB", "ON", "BY", "WHY", "STATE", "DONE", "REFUSED", "AGAIN", "END"], rows), ...refusals].join("\n");
}

/**
 * `npm run hub -- jobs start redrive|discard <filters>|--all --why <text>` and `jobs start redrive|cancel|run-again <request>… --why <text>`.
 * @param filter of dead letters, by the API's names
 * @returns the text to print
 */
export async function startJob(
  hub: Connection,
  [word, ...requestIds]: readonly string[],
  filter: readonly (readonly [string, string])[],
  options: Options,
): Promise<string> {
  const { all, rate, "stop-after": stopAfter, reason, json } = options;
  const verb = word === RUN_AGAIN ? "runAgain" : word;
  const verbs: readonly (string | undefined)[] = requestIds.length > 0 ? REQUEST_VERBS : DEAD_LETTER_VERBS;
  if (!verbs.includes(verb))
    throw new CliError(
      `jobs start takes a verb. Give ${DEAD_LETTER_VERBS.join(" or ")} with filters or --all, or redrive, cancel or ${RUN_AGAIN} with ids of requests.`,
    );
  if ([requestIds.length > 0, filter.length > 0, all === true].filter(Boolean).length !== 1)
    throw new CliError("jobs start takes ids of requests, filters such as --group, or --all. Give one of the three.");
  const choice = requestIds.length > 0 ? { requestIds } : all === true ? { all } : { filter: Object.fromEntries(filter) };
  const why = reasonFor("jobs start", reason);
  const body = {
    verb,
    ...choice,
    ...(rate !== undefined && { rate: numberOf("rate", rate) }),
    ...(stopAfter !== undefined && { stopAfter: numberOf("stop-after", stopAfter) }),
    reason: why,
  };
  await refuseUnknown(hub, options);
  const { job } = await call<{ readonly job: Job }>(hub, OPS_ROUTES.startJob, { body });
  if (json === true) return JSON.stringify(job, null, 2);
  return `Job ${job.id} started: ${job.verb} of ${whatText(job)}, ${job.rate} a minute. See jobs list; end it with jobs stop ${job.id} --why "…".`;
}

/** `npm run hub -- jobs stop <id> --why <text>`. @returns the text to print */
export async function stopJob(hub: Connection, words: readonly string[], { reason, json }: Options): Promise<string> {
  const id = oneId(words, "jobs stop", "jobs list");
  const { job } = await call<{ readonly job: Job }>(hub, OPS_ROUTES.stopJob, {
    values: { id },
    body: { reason: reasonFor("jobs stop", reason) },
  });
  if (json === true) return JSON.stringify(job, null, 2);
  return `Job ${job.id} is stopped: ${job.done} done, ${job.refused} refused.`;
}

/** The word of `requests run-again`. */
const RUN_AGAIN = "run-again";

function whatText({ requests, filter }: Pick<Job, "requests" | "filter">): string {
  if (requests > 0) return requests === 1 ? "1 request" : `${requests} requests`;
  const filters = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  return filters.join(", ") || "all";
}
