import type { GroupNote, GroupsPage } from "../protocol/dead-letter-groups.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";
import { table, toSeconds } from "./table.ts";
import { cut } from "./terminal.ts";

type Options = Readonly<Record<string, unknown>>;
/** Longest message in the table, in characters; `--json` prints it whole. */
const LONGEST = 60;

/** `npm run hub -- dead-letters groups`: open dead letters by cause. @returns the text to print */
export async function groups(hub: Connection, { json }: Options): Promise<string> {
  const page = await call<GroupsPage>(hub, OPS_ROUTES.listGroups);
  if (json === true) return JSON.stringify(page, null, 2);
  if (page.groups.length === 0) return "no dead letters";
  const rows = page.groups.map(({ id, count, flow, step, errorCode, thirdParty, pattern, at, noted }) => [
    ...[id, String(count), `${flow}/${step || "?"}`, errorCode, thirdParty || "-", cut(pattern, LONGEST)],
    ...[toSeconds(at), noted?.owner || "-", noted?.note || "-"],
  ]);
  const end = page.more ? `\nOnly the newest ${page.counted} open dead letters are grouped.` : "";
  return table(["GROUP", "COUNT", "STEP", "ERROR", "THIRD PARTY", "MESSAGE", "LAST", "OWNER", "NOTE"], rows) + end;
}

/** `npm run hub -- dead-letters note <group> --note <text> --owner <name>`. @returns the text to print */
export async function noteGroup(hub: Connection, id: string, { note, owner, reason, json }: Options): Promise<string> {
  if (typeof note !== "string" && typeof owner !== "string")
    throw new CliError('dead-letters note needs --note "…", --owner <name> or both. Give an empty text to take one away.');
  const body = {
    ...(typeof note === "string" && { note }),
    ...(typeof owner === "string" && { owner }),
    ...(typeof reason === "string" && { reason }),
  };
  const { noted } = await call<{ readonly noted: GroupNote }>(hub, OPS_ROUTES.noteGroup, { values: { id }, body });
  if (json === true) return JSON.stringify({ id, noted }, null, 2);
  return `Group ${id}: owner ${noted.owner || "none"}, note: ${noted.note || "none"}.`;
}
