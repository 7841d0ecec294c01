import { failureOf } from "../errors.ts";
import type { Meaning } from "./read-answer.ts";
import { type Answer, UnreachableError } from "./send.ts";

/** Stands for all calls of an attempt that recorded none: its function crashed, or its handler connected by itself. */
export const CRASHED = "*";

/**
 * Records whether one call may have taken effect. A call is unknown from the moment it is sent until an answer settles it. A refusal
 * settles it only when no earlier repetition of the same call is unknown.
 *
 * @param unknown calls of the delivery whose outcome is unknown, by `<adapter>.<operation>#<ordinal>`; kept in the delivery record
 */
export function outcomeOf(unknown: Set<string>, call: string, changes: boolean) {
  const isUnknown = () => changes && (unknown.has(call) || unknown.has(CRASHED));
  return {
    isUnknown,
    async track(meaning: (status: number) => Meaning, send: () => Promise<Answer>): Promise<Answer> {
      const repeated = isUnknown();
      if (changes) unknown.add(call);
      let answer: Answer;
      try {
        answer = await send();
      } catch (error) {
        if (!repeated && certainlyNotSent(error)) unknown.delete(call);
        throw error;
      }
      const { status } = answer;
      const settles = meaning(status) === "error" || (status >= 300 && status <= 499);
      if (!repeated && settles) unknown.delete(call);
      return answer;
    },
    /** A 2xx has been read. */
    succeeded: () => void unknown.delete(call),
  };
}

const certainlyNotSent = (error: unknown): boolean =>
  error instanceof UnreachableError ? error.notSent : ["INVALID_REQUEST", "SECRET_INVALID"].includes(failureOf(error).code);
