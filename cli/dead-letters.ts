import { OPS_ROUTES } from "../protocol/routes.ts";
import { deadLetterIds, numberOf, type Options, oneDeadLetter, oneId, reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { complete } from "./complete.ts";
import type { Connection } from "./connection.ts";
import { decisionSummary } from "./decision-summary.ts";
import { edit } from "./edit.ts";
import { groups, noteGroup } from "./groups.ts";
import { refuseUnknown } from "./known-flows.ts";
import { call, type Decided, findDeadLetters } from "./ops-client.ts";
import { BATCH, type Redriven, redriveAll } from "./redrive-all.ts";
import { table, toSeconds } from "./table.ts";

/** @param ask returns whether the user agrees; `undefined` where there is no terminal */
type Run = (hub: Connection, ids: readonly string[], options: Options, ask?: Ask) => Promise<string>;
type Ask = (question: string) => Promise<boolean>;
interface Command {
  /** Options beside those that choose the hub and the output. */
  readonly takes: readonly string[];
  /** Whether words may follow its name. */
  readonly words?: true;
  readonly run: Run;
}

/** Command-line option -> filter of the API. */
const FILTERS: Readonly<Record<string, string>> = {
  state: "state",
  flow: "flow",
  step: "step",
  request: "requestId",
  correlation: "correlationId",
  error: "error",
  group: "group",
  from: "from",
  to: "to",
};
/** redrive and discard select open dead letters only. */
export const SELECTING = Object.keys(FILTERS).filter((option) => option !== "state");
/** Most dead letters that the API lists at once. */
const PAGE = 1_000;
/** Dead letters a second that `redrive` sends back, so that a third party that recovers is not overrun. */
const RATE = 20;

export const filterOf = (options: Options) =>
  Object.entries(FILTERS).flatMap(([option, name]) =>
    typeof options[option] === "string" ? [[name, String(options[option])] as const] : [],
  );

const listing = (takes: readonly string[], run: (hub: Connection, options: Options) => Promise<string>): Command => ({
  takes,
  run: (hub, _, options) => run(hub, options),
});
const command = (takes: readonly string[], run: Run): Command => ({ takes, words: true, run });

/** `npm run hub -- dead-letters <command>`; each returns the text to print. */
export const DEAD_LETTERS: Readonly<Record<string, Command>> = {
  list: listing([...Object.keys(FILTERS), "limit"], async (hub, options) => {
    const { deadLetters, more, next } = await findDeadLetters(hub, filterOf(options), numberOf("limit", options.limit ?? "100"));
    if (deadLetters.length === 0) await refuseUnknown(hub, options);
    if (options.json) return JSON.stringify({ deadLetters, more, next }, null, 2);
    const rows = deadLetters.map(({ id, state, at, flow, step, requestId, errorCode, times }) => [
      id,
      state,
      toSeconds(at),
      `${flow}/${step || "?"}`,
      requestId ?? "-",
      errorCode,
      String(times),
    ]);
    const end = more ? `\nMore dead letters may match. Go on with --to ${next}, or raise --limit (at most 1000).` : "";
    return rows.length === 0
      ? `no dead letters${end}`
      : table(["ID", "STATE", "RECORDED", "STEP", "REQUEST", "ERROR", "FAILURES"], rows) + end;
  }),

  groups: listing([], groups),

  note: command(["note", "owner", "reason"], async (hub, words, options) =>
    noteGroup(hub, oneId(words, "dead-letters note", "dead-letters groups", "id of a group"), options),
  ),

  show: command([], async (hub, ids) => {
    const id = oneDeadLetter(ids, "dead-letters show");
    return JSON.stringify(await call(hub, OPS_ROUTES.showDeadLetter, { values: { id } }), null, 2);
  }),

  redrive: command([...SELECTING, "all", "rate", "reason"], async (hub, given, options) => {
    assertOneSelection(given, options, "redrive");
    const rate = numberOf("rate", options.rate ?? String(RATE));
    const more = typeof options.reason === "string" ? { reason: options.reason } : {};
    if (given.length > 0) return decide(hub, given, options, "redrive", more);
    const done = await redriveAll(hub, filterOf(options), rate, undefined, more);
    if (done.redriven + done.refused === 0) await refuseUnknown(hub, options);
    if (done.refused > 0 || done.stopped) process.exitCode = 2;
    return options.json ? JSON.stringify(done, null, 2) : redriveSummary(done);
  }),

  complete: command(["answer", "answers", "reason"], async (hub, ids, options) =>
    summarised([await complete(hub, oneDeadLetter(ids, "dead-letters complete"), options)], options),
  ),

  edit: command(["payload", "reason", "revision", "redrive"], async (hub, ids, options) =>
    edit(hub, oneDeadLetter(ids, "dead-letters edit"), options),
  ),

  discard: command([...SELECTING, "all", "reason", "yes"], async (hub, given, options, ask) => {
    assertOneSelection(given, options, "discard");
    const reason = reasonFor("dead-letters discard", options.reason);
    const { ids, more } = await selected(hub, given, options);
    if (given.length === 0 && ids.length > 0 && options.yes !== true) {
      const what = `${more ? `the first ${ids.length} of more` : ids.length} open dead letter${ids.length === 1 ? "" : "s"}`;
      if (!ask) throw new CliError(`dead-letters discard would close ${what} for good. Add --yes, or name them by id.`);
      if (!(await ask(`Close ${what} for good? Type yes: `)))
        throw new CliError("Nothing was discarded, since the answer was not yes. Run it again to be asked again.");
    }
    return decide(hub, ids, options, "discard", { reason });
  }),
};

function redriveSummary({ redriven, refused, results, stopped }: Redriven): string {
  if (redriven + refused === 0) return "no dead letters";
  const shown = decisionSummary(results);
  const end = stopped
    ? `\nStopped: ${stopped.again} of the last ${stopped.watched} have failed again. Mend the cause, and go on with --to ${stopped.to}.`
    : "";
  return `redriven ${redriven}${refused > 0 ? `, refused ${refused}, such as:\n${shown}` : ""}${end}`;
}

function assertOneSelection(given: readonly string[], options: Options, action: string): void {
  const selections = [given.length > 0, filterOf(options).length > 0, options.all === true].filter(Boolean).length;
  if (selections !== 1)
    throw new CliError(`dead-letters ${action} takes ids, filters such as --flow, or --all. Give one of the three.`);
  deadLetterIds(given);
}

/** Lists the ids once, so that a message that fails again meanwhile is not decided twice. */
async function selected(
  hub: Connection,
  given: readonly string[],
  options: Options,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  if (given.length > 0) return { ids: given, more: false };
  const { deadLetters, more } = await findDeadLetters(hub, filterOf(options), PAGE);
  if (deadLetters.length === 0) await refuseUnknown(hub, options);
  return { ids: deadLetters.map(({ id }) => id), more };
}

async function decide(
  hub: Connection,
  ids: readonly string[],
  options: Options,
  action: "redrive" | "discard",
  more: object,
): Promise<string> {
  const results: Decided[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    const body = { ids: ids.slice(i, i + BATCH), ...more };
    results.push(...(await call<{ results: Decided[] }>(hub, OPS_ROUTES[action], { body })).results);
  }
  return summarised(results, options);
}

function summarised(results: readonly Decided[], options: Options): string {
  if (results.some(({ refused }) => refused !== undefined)) process.exitCode = 2;
  return options.json ? JSON.stringify({ results }, null, 2) : decisionSummary(results);
}
