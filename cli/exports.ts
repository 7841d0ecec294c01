import { readFileSync, writeFileSync } from "node:fs";
import { type ExportFile, exportFileIn, type FiledInput, maskText } from "../console/shared/export-file.ts";
import { sampleOf } from "../local/schema-sample.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import type { InputAnswer, RunExport } from "../protocol/run-again.ts";
import { type Options, reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { refuseUnknown } from "./known-flows.ts";
import { call } from "./ops-client.ts";
import { findRequests, REQUEST_FILTERS } from "./requests.ts";
import { table } from "./table.ts";

type Refused = Readonly<Record<"requestId" | "refused", string>>;

/**
 * `npm run hub -- requests export <id>… | <filters> --out <file.json>`: writes the inputs of requests, secrets and personal data masked, for
 * another hub to run them. A masked place that `***` would make invalid has a valid sample value.
 * @returns the text to print: a summary, or the file's text where there is no `--out`
 * @throws CliError where no request is named, or none can be exported
 */
export async function exportRequests(hub: Connection, words: readonly string[], options: Options): Promise<string> {
  const { ids, more } = await chosen(hub, words, options);
  const { filled } = await import("../console/server/fill-samples.ts");
  const requests: FiledInput[] = [];
  const refused: Refused[] = [];
  const warnings: string[] = [];
  for (const requestId of ids) {
    const answer = await asked(requestId, refused, () =>
      call<InputAnswer>(hub, OPS_ROUTES.exportInput, { values: { requestId } }),
    );
    if (!answer) continue;
    const { input, unfit } = filled(answer, sampleOf);
    requests.push(input);
    warnings.push(...unfit.map((fault) => `${requestId}: ${fault}, and it is masked. Put a value into the file.`));
  }
  if (requests.length === 0) throw new CliError(refusals(refused) || "No request matches. Name ids, or other filters.");
  if (refused.length > 0) process.exitCode = 2;
  const file: ExportFile = { stack: stackOf(hub), exportedAt: new Date().toISOString(), requests };
  const text = `${JSON.stringify(file, null, 2)}\n`;
  if (typeof options.out !== "string") return text.trimEnd();
  try {
    writeFileSync(options.out, text);
  } catch (error) {
    throw new CliError(`${options.out} can't be written (${(error as NodeJS.ErrnoException).code}). Correct --out.`);
  }
  const masks = maskText(requests);
  return [
    `${options.out}: ${requests.length} request${requests.length === 1 ? "" : "s"} of ${file.stack}${masks === "" ? "" : `; ${masks}`}.`,
    ...warnings,
    refusals(refused),
    more ? "More requests match. Narrow the filters, or raise --limit (at most 100)." : "",
    `Run with: npm run hub -- requests run-again --export ${options.out} --why "…"`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/**
 * `npm run hub -- requests run-again --export <file.json> [<id>…] --why <text>`: starts a new request for each of a file, or for those named.
 * The same call makes one request of each.
 * @returns the text to print
 * @throws CliError for a file that is no export, or an id that it does not have
 */
export async function runExported(hub: Connection, words: readonly string[], options: Options): Promise<string> {
  const reason = reasonFor("requests run-again", options.reason);
  const path = String(options.export);
  const { stack, requests } = fileAt(path);
  const missing = words.find((id) => !requests.some(({ requestId }) => requestId === id));
  if (missing !== undefined) throw new CliError(`${path} has no request ${missing}. Name one of those that it has.`);
  const refused: Refused[] = [];
  const begun: (RunExport & { readonly note: string })[] = [];
  for (const input of requests.filter(({ requestId }) => words.length === 0 || words.includes(requestId))) {
    const body = { reason, stack, input, ...(typeof options.name === "string" && { name: options.name }) };
    const answer = await asked(input.requestId, refused, () => call<RunExport>(hub, OPS_ROUTES.runExport, { body }));
    if (answer) begun.push({ ...answer, note: maskText([input]) });
  }
  if (begun.length === 0) throw new CliError(refusals(refused) || `${path} has no request.`);
  if (refused.length > 0) process.exitCode = 2;
  if (options.json === true) return JSON.stringify({ requests: begun.map(({ note: _, ...one }) => one), refused }, null, 2);
  const rows = begun.map(({ requestId, exportOf, note }) => [requestId, exportOf.stack, exportOf.requestId, note]);
  return [table(["REQUEST", "FROM STACK", "ITS REQUEST", "NOTE"], rows), refusals(refused)]
    .filter((line) => line !== "")
    .join("\n");
}

/** The requests that are named, or those that filters find. @throws CliError when both are given, or neither */
async function chosen(hub: Connection, words: readonly string[], options: Options) {
  const filters = REQUEST_FILTERS.filter((name) => name !== "limit" && options[name] !== undefined);
  if (words.length > 0 === filters.length > 0)
    throw new CliError("requests export takes ids, or filters such as --status failed. Give one of the two.");
  if (words.length > 0) return { ids: [...new Set(words)], more: false };
  const { requests, more } = await findRequests(hub, options);
  if (requests.length === 0) await refuseUnknown(hub, options);
  return { ids: requests.map(({ requestId }) => requestId), more };
}

/** @returns what the hub answered; `undefined` where it refused, which is then in the list */
async function asked<T>(requestId: string, refused: Refused[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    refused.push({ requestId, refused: error.message });
    return undefined;
  }
}

const refusals = (refused: readonly Refused[]): string =>
  refused.map(({ requestId, refused: why }) => `refused ${requestId}: ${why}`).join("\n");

/** @throws CliError */
function fileAt(path: string): ExportFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CliError(
      `${path} can't be read (${(error as NodeJS.ErrnoException).code}). Name a file that requests export wrote.`,
    );
  }
  const file = exportFileIn(text);
  if (!file) throw new CliError(`${path} is no file of an export. Name one that requests export wrote.`);
  return file;
}

/** The stack's name; of a hub by address, its host; `local` for the hub on this machine. */
const stackOf = ({ aws, consoleUrl, url }: Connection): string =>
  aws?.stack ?? (consoleUrl === undefined ? new URL(url).host : "local");
