/** What dead letters of one group have in common. */
export interface DeadLetterCauseGroup {
  readonly flow: string;
  readonly step: string;
  readonly errorCode: string;
  /** The third party that the error names; `""` where it names none. */
  readonly thirdParty: string;
  /** The message without what differs from one to the next. */
  readonly pattern: string;
}

/** @param errorMessage masked. @returns the group of a dead letter: code, step, third party and normalised message */
export const causeGroupOf = ({
  flow,
  step,
  errorCode,
  errorMessage,
}: {
  readonly flow: string;
  readonly step: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}): DeadLetterCauseGroup => ({ flow, step, errorCode, thirdParty: thirdPartyIn(errorMessage), pattern: patternOf(errorMessage) });

/** Errors of calls begin with `<adapter>.<operation>`; an operation's name is camelCase, and a sentence goes on with a space. */
const thirdPartyIn = (message: string): string => /^([a-z][a-z0-9-]*)\.[a-z][A-Za-z0-9]*[\s:]/.exec(message)?.[1] ?? "";

/** Characters of a message that are compared. */
const COMPARED = 300;

/** @returns the message with a mark for what differs between failures of one cause: quoted texts, ids, numbers */
const patternOf = (message: string): string =>
  message
    .slice(0, COMPARED)
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, "…")
    .replaceAll(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}\b/gi, "…")
    .replaceAll(/\S*\d\S*/g, "…");

/** What operators noted about a group. */
export interface GroupNote {
  /** `""` for none. */
  readonly note: string;
  /** Who takes care of it; `""` for none. */
  readonly owner: string;
  /** The consumer that wrote it last. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}
export const LONGEST_NOTE = 500;
export const LONGEST_OWNER = 64;

/** A group with its open dead letters. */
export interface OpenGroup extends DeadLetterCauseGroup {
  readonly id: string;
  readonly count: number;
  /** ISO 8601: when the first of them failed for the first time, and when the last one was recorded. */
  readonly firstAt: string;
  readonly at: string;
  readonly noted: GroupNote | null;
}

/** Answer of `GET /ops/dead-letter-groups`. */
export interface GroupsPage {
  /** The one with the newest dead letter first. */
  readonly groups: readonly OpenGroup[];
  /** The newest so many open dead letters were grouped. */
  readonly counted: number;
  readonly more: boolean;
}

/** Most open dead letters that one call groups. */
export const MOST_GROUPED = 5_000;
