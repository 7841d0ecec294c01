import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call, type DeadLetter, type Decided } from "./ops-client.ts";

/** A step's first attempt with the answers ends within this time, unless it waits for something. */
const WAIT_MS = 20_000;
const POLL_MS = 500;

/**
 * Supplies the answers of a dead letter's calls, and waits for the step to take them.
 * @param options.answer file with the JSON of the only call's answer; `answers`: file with an object of answers by call
 * @returns the decision; a refusal where the step finds that an answer does not match its schema
 * @throws CliError when the file can't be read or is not JSON
 */
export async function complete(
  hub: Connection,
  id: string,
  { answer, answers, reason }: Readonly<Record<string, unknown>>,
): Promise<Decided> {
  const name = answer === undefined ? "answers" : "answer";
  const file = answer ?? answers;
  if (typeof file !== "string" || (answer !== undefined && answers !== undefined))
    throw new CliError(
      "dead-letters complete takes one file. Give --answer <file.json>, or --answers <file.json> for a dead letter with several calls.",
    );
  // The file's own text, so that no digit of a large number is lost.
  const why = reason === undefined ? "" : `,"reason":${JSON.stringify(reason)}`;
  const json = `{"${name}":${jsonIn(file, ANSWER)}${why}}`;
  const { results } = await call<{ results: Decided[] }>(hub, OPS_ROUTES.complete, { values: { id }, json });
  const [decided] = results;
  return decided?.state === undefined ? (decided ?? { id }) : taken(hub, decided);
}

/** The step checks the answers when it runs. */
export async function taken(hub: Connection, decided: Decided): Promise<Decided> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const { state, delivery, errorCode, errorMessage } = await call<DeadLetter & { delivery?: string | null }>(
      hub,
      OPS_ROUTES.showDeadLetter,
      { values: { id: decided.id } },
    );
    if (delivery === "succeeded") return decided;
    if (state === "open") return { id: decided.id, refused: `${errorCode}: ${errorMessage}` };
    await pause(POLL_MS);
  }
  return decided;
}

const ANSWER = 'Write the answer as JSON: text as "ok", bytes as base64 in quotes, an empty answer as null';

/** @param remedy what to write into the file. @returns its text. @throws CliError when it can't be read or is not JSON */
export function jsonIn(file: string, remedy: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new CliError(`${file} can't be read (${(error as NodeJS.ErrnoException).code}). Correct the path.`);
  }
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new CliError(`${file} is not JSON. ${remedy}.`);
  }
}
