import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RECORDED_FOLDER, RECORDED_PATH, recordedAnswers } from "../protocol/recorded-answer.ts";
import { CliError } from "./cli-error.ts";
import { sandboxOf } from "./connection.ts";

/**
 * Writes the answers that a third party gave to live calls, for sandbox and tests. A file that is there is replaced.
 * @throws CliError when no answer of it was kept
 */
export async function record(options: { readonly data?: string }, parties: readonly string[], folder: string): Promise<string> {
  const [party, ...more] = parties;
  if (party === undefined || more.length > 0) throw new CliError("record takes one third party. Name one, such as github.");
  if (!/^[a-z0-9-]+$/.test(party)) throw new CliError(`"${party}" is no name of a third party. Name one, such as github.`);
  const url = `${sandboxOf(options)}${RECORDED_PATH}?target=${party}`;
  const response = await fetch(url).catch((error: unknown) => {
    throw new CliError(
      `The hub on this machine can't be reached (${String(error)}). Start it with npm start -- --live ${party}.`,
    );
  });
  const answers = recordedAnswers.parse(await response.json());
  if (answers.length === 0)
    throw new CliError(
      `No answer of ${party} was kept. Start the hub with npm start -- --live ${party}, and let a flow call it.`,
    );
  await mkdir(join(folder, RECORDED_FOLDER), { recursive: true });
  const file = join(RECORDED_FOLDER, `${party}.json`);
  await writeFile(join(folder, file), `${JSON.stringify(answers, null, 2)}\n`);
  const operations = [...new Set(answers.map(({ operation }) => operation))].join(", ");
  return `${file}: ${answers.length} answer(s) of ${operations}, masked. Read it before you commit it.`;
}
