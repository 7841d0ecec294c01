import { TerminalError } from "../../model/errors.ts";
import { failureOf } from "../errors.ts";
import type { Answer } from "./send.ts";

/**
 * The error for a 2xx of an operation that changes something, when its answer can't be read: the effect took place, so a repetition
 * would repeat it, and nothing may be compensated as if the step had done nothing.
 * @returns an error that names status and content type, and contains nothing of the body
 */
export function unreadable(name: string, { status, headers }: Answer, error: unknown): unknown {
  const { code, message } = failureOf(error);
  if (code !== "INVALID_RESPONSE") return error;
  const type = /^[\w.+-]{1,64}\/[\w.+-]{1,64}/.exec(headers.get("content-type") ?? "")?.[0] ?? "no content type";
  const fact = message.replace(/ It is called again\.$/, "");
  return new TerminalError(
    `${name} took effect (${status}, ${type}), but its answer can't be read: ${fact} Correct the adapter's schema. It is not called again by itself.`,
    { code: "ANSWER_UNREADABLE", cause: error },
  );
}
