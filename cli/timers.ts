import { OPS_ROUTES } from "../protocol/routes.ts";
import type { PollRun, TimerStatus } from "../protocol/status.ts";
import type { TimedRuns, TriggerRun } from "../protocol/timers.ts";
import { reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { untilOf } from "./holds.ts";
import { call } from "./ops-client.ts";

type Options = Readonly<Record<string, unknown>>;

/** `npm run hub -- triggers run <flow>/<trigger>`. @returns the text to print */
export async function runTrigger(hub: Connection, words: readonly string[], { reason, json }: Options): Promise<string> {
  const body = { ...triggerIn("run", words), ...(typeof reason === "string" && { reason }) };
  const started = await call<TriggerRun>(hub, OPS_ROUTES.runTrigger, { body });
  if (json === true) return JSON.stringify(started, null, 2);
  if (started.requestId === null)
    return `The poll runs now, unless a run of it has not ended yet. See status --flow ${started.flow}.`;
  return `Started as request ${started.requestId}. See it with trace ${started.requestId}.`;
}

/** `npm run hub -- triggers skip <flow>/<trigger> --why <text>`. @returns the text to print */
export async function skipRuns(
  hub: Connection,
  words: readonly string[],
  { reason, json, ...times }: Options,
  now = Date.now(),
): Promise<string> {
  const named = { ...triggerIn("skip", words), reason: reasonFor("triggers skip", reason) };
  const until = times.until === undefined && times.for === undefined ? {} : { until: untilOf(times, now) };
  const { runs, ...skipped } = await call<TimedRuns>(hub, OPS_ROUTES.skipRuns, { body: { ...named, ...until } });
  if (json === true) return JSON.stringify({ ...skipped, runs }, null, 2);
  return listed("left out", runs);
}

/** `npm run hub -- triggers backfill <flow>/<trigger> --from <time> --to <time> --why <text>`. @returns the text to print */
export async function backfill(hub: Connection, words: readonly string[], { from, to, reason, json }: Options): Promise<string> {
  const named = { ...triggerIn("backfill", words), reason: reasonFor("triggers backfill", reason) };
  if (typeof from !== "string" || typeof to !== "string")
    throw new CliError("triggers backfill needs --from and --to. Write times as 2026-11-24T10:00:00Z.");
  const { runs, ...started } = await call<TimedRuns>(hub, OPS_ROUTES.backfill, { body: { ...named, from, to } });
  if (json === true) return JSON.stringify({ ...started, runs }, null, 2);
  return runs.length === 0 ? "All of these runs have come." : listed("started", runs);
}

const listed = (verb: string, runs: TimedRuns["runs"]): string =>
  [`${verb} ${runs.length} run${runs.length === 1 ? "" : "s"}`, ...runs.map(({ at, requestId }) => `${at}  ${requestId}`)].join(
    "\n",
  );

function triggerIn(verb: string, [name = "", ...others]: readonly string[]) {
  const [flow = "", trigger, ...more] = name.split("/");
  if (trigger === undefined || trigger === "" || others.length + more.length > 0)
    throw new CliError(`triggers ${verb} takes one name as <flow>/<trigger>. Find it with status.`);
  return { flow, trigger };
}

/** @returns the line of `status` about a schedule or a poll */
export function timerLine(flow: string, { trigger, kind, expression, timezone, enabled, nextAt, poll }: TimerStatus): string {
  const zone = expression.startsWith("cron") && timezone !== "UTC" ? ` ${timezone}` : "";
  const next = enabled ? (nextAt === null ? "" : `, next at ${nextAt}`) : ", disabled";
  const cursor = poll && poll.cursor !== null ? `, cursor ${JSON.stringify(poll.cursor)}` : "";
  return `${flow}/${trigger}  ${kind} ${expression}${zone}${next}${poll ? `, ${lastRunText(poll.lastRun)}` : ""}${cursor}`;
}

function lastRunText(run: PollRun | null): string {
  if (!run) return "no run yet";
  const { startedAt, ended, pages, events, error } = run;
  const how = ended === null ? "has not ended" : ended === "failed" ? `failed: ${error}` : ended;
  return `last run ${startedAt} ${how}, ${pages} page${pages === 1 ? "" : "s"} with ${events} event${events === 1 ? "" : "s"}`;
}
