import { OPS_ROUTES } from "../protocol/routes.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { decisionSummary } from "./decision-summary.ts";
import { call, type DeadLetter, type Decided } from "./ops-client.ts";
import { table } from "./table.ts";

export type Options = Readonly<Record<string, string | boolean | undefined>>;
type Command = (hub: Connection, ids: readonly string[], options: Options) => Promise<string>;

/** Command-line option -> filter of the API. */
const FILTERS: Readonly<Record<string, string>> = {
  state: "state",
  flow: "flow",
  step: "step",
  request: "requestId",
  correlation: "correlationId",
  error: "error",
  from: "from",
  to: "to",
};
/** Most dead letters that the API lists at once. */
const PAGE = 1_000;
/** Most ids in one call of the API. */
const BATCH = 100;

const filterOf = (options: Options) =>
  Object.entries(FILTERS).flatMap(([option, name]) =>
    typeof options[option] === "string" ? [[name, String(options[option])]] : [],
  );

/** `npm run hub -- dead-letters <command>`; each returns the text to print. */
export const DEAD_LETTERS: Readonly<Record<string, Command>> = {
  list: async (hub, _ids, options) => {
    const { deadLetters, more } = await find(hub, filterOf(options), String(options.limit ?? 100));
    if (options.json) return JSON.stringify({ deadLetters, more }, null, 2);
    const rows = deadLetters.map(({ id, state, at, flow, step, requestId, errorCode, times }) => [
      id,
      state,
      at.replace(/\.\d+Z$/, "Z"),
      `${flow}/${step || "?"}`,
      requestId ?? "-",
      errorCode,
      String(times),
    ]);
    const end = more ? "\nMore dead letters match. Narrow the filters, or raise --limit (at most 1000)." : "";
    return rows.length === 0
      ? "no dead letters"
      : table(["ID", "STATE", "RECORDED", "STEP", "REQUEST", "ERROR", "FAILURES"], rows) + end;
  },

  show: async (hub, ids) => {
    const [id, ...others] = ids;
    if (id === undefined || others.length > 0) throw new CliError("show needs one id. Find it with dead-letters list.");
    return JSON.stringify(await call(hub, OPS_ROUTES.showDeadLetter, { values: { id } }), null, 2);
  },

  redrive: (hub, ids, options) => decide(hub, ids, options, "redrive", {}),

  discard: (hub, ids, options) => {
    if (typeof options.reason !== "string") throw new CliError('discard needs a reason. Give --reason "…".');
    return decide(hub, ids, options, "discard", { reason: options.reason });
  },
};

const find = (hub: Connection, filter: readonly (readonly string[])[], limit: string) =>
  call<{ deadLetters: DeadLetter[]; more: boolean }>(hub, OPS_ROUTES.listDeadLetters, {
    query: new URLSearchParams([...filter.map(([name = "", value = ""]) => [name, value] as [string, string]), ["limit", limit]]),
  });

/** Lists the ids once, so that a message that fails again meanwhile is not decided twice. */
async function decide(
  hub: Connection,
  given: readonly string[],
  options: Options,
  action: "redrive" | "discard",
  more: object,
): Promise<string> {
  const filter = filterOf({ ...options, state: undefined });
  const selections = [given.length > 0, filter.length > 0, options.all === true].filter(Boolean).length;
  if (selections !== 1)
    throw new CliError(`${action} needs either ids, filters such as --flow, or --all. Give exactly one of the three.`);
  const ids = given.length > 0 ? given : (await find(hub, filter, String(PAGE))).deadLetters.map(({ id }) => id);
  const results: Decided[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    const body = { ids: ids.slice(i, i + BATCH), ...more };
    results.push(...(await call<{ results: Decided[] }>(hub, OPS_ROUTES[action], { body })).results);
  }
  if (results.some(({ refused }) => refused !== undefined)) process.exitCode = 2;
  return options.json ? JSON.stringify({ results }, null, 2) : decisionSummary(results);
}
