import { CliError } from "./cli-error.ts";

/**
 * @param command such as `jobs stop`
 * @param where the command that lists ids
 * @param what such as `id of a group`. @default `id`
 * @throws CliError unless there is one word
 */
export function oneId([id, ...others]: readonly string[], command: string, where: string, what = "id"): string {
  if (id === undefined || others.length > 0) throw new CliError(`${command} needs one ${what}. Find it with ${where}.`);
  return id;
}

/** @returns why a change is made, for the audit trail. @throws CliError without `--why` */
export function reasonFor(command: string, reason: unknown): string {
  if (typeof reason !== "string") throw new CliError(`${command} needs a reason. Give --why "…".`);
  return reason;
}
