import type { DeadLetterChange } from "../protocol/dead-letter.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { jsonIn, taken } from "./complete.ts";
import type { Connection } from "./connection.ts";
import { decisionSummary } from "./decision-summary.ts";
import { call, type Decided } from "./ops-client.ts";

interface Edited {
  readonly id: string;
  readonly revision: string;
  readonly changes: readonly DeadLetterChange[];
}

/**
 * `npm run hub -- dead-letters edit <id> --payload <file.json> --why <text>`: changes the payload that a redrive sends, and with `--redrive`
 * sends it back and waits for the step to take it.
 * @param options.revision the one that was read. @default the one at this moment
 * @returns the text to print
 * @throws CliError when the file can't be read or is not JSON
 */
export async function edit(
  hub: Connection,
  id: string,
  { payload, reason: given, revision, redrive, json }: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (typeof payload !== "string")
    throw new CliError(
      "dead-letters edit needs --payload <file.json>. Write the whole payload there; dead-letters show <id> prints it.",
    );
  const reason = reasonFor("dead-letters edit", given);
  const data = jsonIn(payload, "Write the whole payload there; dead-letters show <id> prints it");
  const read =
    revision ?? (await call<{ readonly revision: string }>(hub, OPS_ROUTES.showDeadLetter, { values: { id } })).revision;
  // The file's own text, so that no digit of a large number is lost.
  const body = `{"data":${data},"revision":${JSON.stringify(read)},"reason":${JSON.stringify(reason)}}`;
  const edited = await call<Edited>(hub, OPS_ROUTES.edit, { values: { id }, json: body });
  const decided = redrive === true ? await sentBack(hub, id, reason) : undefined;
  if (decided?.refused !== undefined) process.exitCode = 2;
  if (json === true) return JSON.stringify({ ...edited, ...(decided && { results: [decided] }) }, null, 2);
  const end = decided ? decisionSummary([decided]) : `Send it back with dead-letters redrive ${id}.`;
  return [...edited.changes.map(changeText), end].join("\n");
}

async function sentBack(hub: Connection, id: string, reason: string): Promise<Decided> {
  const { results } = await call<{ results: Decided[] }>(hub, OPS_ROUTES.redrive, { body: { ids: [id], reason } });
  const [decided = { id }] = results;
  return decided.state === undefined ? decided : taken(hub, decided);
}

/** @returns such as `/postcode: "1" -> "2"` */
const changeText = ({ path, before, after }: DeadLetterChange): string =>
  `${path || "/"}: ${valueText(before)} -> ${valueText(after)}`;
const valueText = (value: unknown): string => (value === undefined ? "(none)" : JSON.stringify(value));
