import type { AuditEntry, AuditPage } from "../protocol/audit.ts";
import { AUDIT_PARAMETERS } from "../protocol/queries.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { numberOf, type Options } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";
import { table, toSeconds } from "./table.ts";
import { cut } from "./terminal.ts";

/** Longest cell of what a change was done to, in characters; `--json` prints it whole. */
const LONGEST = 80;

/** What changes something, and so is in the trail; and what shows payloads whole. */
const VERBS = Object.keys(OPS_ROUTES).filter((verb) => verb === "exportInput" || !/^(?:list|show|audit|status)/.test(verb));

/** `npm run hub -- audit`: what operators did, the newest first. @returns the text to print */
export async function audit(hub: Connection, options: Options): Promise<string> {
  const { verb, limit } = options;
  if (limit !== undefined) numberOf("limit", limit);
  if (verb !== undefined && !VERBS.includes(String(verb)))
    throw new CliError(`--verb is "${String(verb)}". Give one of ${VERBS.join(", ")}.`);
  const query = new URLSearchParams(
    AUDIT_PARAMETERS.flatMap((name): [string, string][] => (typeof options[name] === "string" ? [[name, options[name]]] : [])),
  );
  const page = await call<AuditPage>(hub, OPS_ROUTES.audit, { query });
  if (options.json === true) return JSON.stringify(page, null, 2);
  if (page.entries.length === 0) return "no operator has changed anything in this time";
  const end = page.more ? `\nThere are more. Go on with --to ${page.next}, or raise --limit (at most 1000).` : "";
  return table(["TIME", "WHO", "VERB", "ON", "WHY", "OUTCOME"], page.entries.map(rowOf)) + end;
}

const rowOf = ({ at, by, subject, verb, about, why, state, outcome }: AuditEntry): readonly string[] => [
  toSeconds(at),
  subject === "" ? by : `${by} (${subject})`,
  verb,
  cut(aboutText(about), LONGEST),
  why || "-",
  state === "begun" ? "not known: the function ended before it recorded one" : `${state}: ${outcome}`,
];

/** @returns such as `flow order-to-erp, steps register, invoice` */
const aboutText = (about: AuditEntry["about"]): string =>
  Object.entries(about)
    .map(([name, value]) => `${name} ${typeof value === "object" ? listText(value) : String(value)}`)
    .join(", ");
const listText = (value: object | null): string => (Array.isArray(value) ? value.join(", ") : JSON.stringify(value));
