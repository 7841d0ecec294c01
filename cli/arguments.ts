import { DEAD_LETTER_ID } from "../protocol/queries.ts";
import { CliError } from "./cli-error.ts";

/** What is given with a command, by name. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/**
 * @param command such as `jobs stop`
 * @param where the command that lists ids
 * @param what such as `id of a group`. @default `id`
 * @throws CliError unless there is one word
 */
export function oneId([id, ...others]: readonly string[], command: string, where: string, what = "id"): string {
  if (id === undefined || others.length > 0) throw new CliError(`${command} takes one ${what}. Find it with ${where}.`);
  return id;
}

/** @returns the only word: any id by which a request is known. @throws CliError unless there is one */
export function oneKnownId([id, ...others]: readonly string[], command: string): string {
  if (id === undefined || others.length > 0) throw new CliError(`${command} takes one id. ${KNOWN_IDS}`);
  return id;
}
export const KNOWN_IDS =
  "Give the id of a request, a dead letter or a trace, also as X-Ray writes it, a correlation id, or the value of a business key.";

/** @returns the ids. @throws CliError for one that can be none of a dead letter, which the hub would not name */
export function deadLetterIds(ids: readonly string[]): readonly string[] {
  const wrong = ids.find((id) => !DEAD_LETTER_ID.test(id));
  if (wrong !== undefined)
    throw new CliError(
      `"${wrong}" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.`,
    );
  return ids;
}

/** @returns the only word. @throws CliError unless it is the id of a dead letter */
export function oneDeadLetter(words: readonly string[], command: string): string {
  const [id = ""] = deadLetterIds([oneId(words, command, "dead-letters list")]);
  return id;
}

/** @returns why a change is made, for the audit trail. @throws CliError without `--why` */
export function reasonFor(command: string, reason: unknown): string {
  if (typeof reason !== "string") throw new CliError(`${command} needs a reason. Give --why "…".`);
  return reason;
}

/** @returns the number of an option. @throws CliError unless it is whole, from 1 to `most` */
export function numberOf(option: string, value: string | boolean, most = 1_000): number {
  const number = /^\d{1,4}$/.test(String(value)) ? Number(value) : 0;
  if (number < 1 || number > most)
    throw new CliError(`--${option} is "${String(value)}". Give a whole number from 1 to ${most}.`);
  return number;
}

/** @throws CliError for a text that is no time, as the hub reads it, and for a period without a moment */
export function checkPeriod({ from, to }: Options): void {
  const [begin, end] = Object.entries({ from, to }).map(([option, value]) => {
    if (value === undefined) return undefined;
    const ms = /^\d{4}-\d\d-\d\d/.test(String(value)) ? Date.parse(String(value)) : Number.NaN;
    if (Number.isNaN(ms))
      throw new CliError(`--${option} is "${String(value)}". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.`);
    return ms;
  });
  if (begin !== undefined && end !== undefined && begin >= end) throw new CliError("--from is not before --to. Swap them.");
}
