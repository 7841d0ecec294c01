import { TerminalError } from "../../model/errors.ts";
import type { UnreadableAnswer } from "../../protocol/dead-letter.ts";
import { failureOf } from "../errors.ts";

/** True where an answer came that can't be read, or does not match its schema. */
export const isUnreadable = (error: unknown): boolean => failureOf(error).code === "INVALID_RESPONSE";

/**
 * The error for a 2xx of an operation that changes something, when its answer can't be read: the effect took place, so a repetition
 * would repeat it, and nothing may be compensated as if the step had done nothing.
 * @param error why it can't be read; `undefined` where an earlier attempt got the answer
 * @returns an error that names status and content type, and contains nothing of the body
 */
export function unreadable(name: string, { status, contentType }: UnreadableAnswer, error?: unknown): TerminalError {
  const why =
    error === undefined ? "" : `: ${failureOf(error).message.replace(/\.?( Correct [^.]*\.)? It is called again\.$/, "")}`;
  return new TerminalError(
    `${name} took effect (${status}, ${contentType || "no content type"}), but its answer can't be read${why}. Correct the adapter's schema, or complete the dead letter with the answer. It is not called again by itself.`,
    { code: "ANSWER_UNREADABLE", cause: error },
  );
}
