import { DEAD_LETTER_FILTERS, DEAD_LETTER_ID } from "../../../protocol/queries.ts";
import { RUN_NAME } from "../../../protocol/run-again.ts";
import { exactJson } from "../../exact-json.ts";
import { badRequest, HttpProblem } from "../../http/problem.ts";
import { DEAD_LETTER_STATES } from "../dead-letters/dead-letter.ts";
import type { DeadLetterFilter } from "../dead-letters/dead-letter-store.ts";

/** Most dead letters of one call. */
export const LARGEST_CALL = 100;

type Fields = Readonly<Record<string, unknown>>;
const STATES: readonly unknown[] = DEAD_LETTER_STATES;

/** @throws HttpProblem 400 for an unknown or malformed filter */
export function filterOf(given: Fields): DeadLetterFilter {
  const entries = Object.entries(given).map(([name, value]) => {
    if (!(DEAD_LETTER_FILTERS as readonly string[]).includes(name))
      throw badRequest(`Unknown filter ${name}. Use ${DEAD_LETTER_FILTERS.join(", ")}.`);
    const text = filterText(name, value);
    if (name === "state" && !STATES.includes(text)) throw badRequest(`The state is unknown. Use ${STATES.join(", ")}.`);
    return [name, name === "from" || name === "to" ? timeOf(name, text) : text] as const;
  });
  const filter: DeadLetterFilter = Object.fromEntries(entries);
  if (filter.from !== undefined && filter.to !== undefined) checkWindow(filter.from, filter.to);
  return filter;
}

/** @throws HttpProblem 400 for an empty or a long one */
export function filterText(filter: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= 512) return value;
  throw badRequest(`The filter ${filter} is not a text of 1 to 512 characters.`);
}

/** @throws HttpProblem 400 when it holds no moment: DynamoDB refuses such a range */
export function checkWindow<T extends number | string>(from: T, to: T): void {
  if (from >= to) throw badRequest("from is not before to. Swap them.");
}

/** @returns ISO 8601 in UTC. @throws HttpProblem 400 */
export function timeOf(name: string, value: unknown): string {
  const ms = typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw badRequest(`${name} is not a time. Write it as 2026-11-24T10:00:00Z.`);
  return new Date(ms).toISOString();
}

/** @throws HttpProblem 400 */
export function limitOf(text: unknown, fallback: number): number {
  if (text === undefined) return fallback;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw badRequest("The parameter limit is not a whole number from 1 to 1000.");
  return limit;
}

/**
 * A member that the call does not know is refused: beside `all`, a misspelt `filter` would widen the call to everything.
 * @throws HttpProblem 400 when the body is not a JSON object, or has other members than `known`
 */
export function bodyOf(text: string | null, known: readonly string[]): Fields {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("The body is not a JSON object.");
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badRequest(`Unknown member ${unknown.slice(0, 64)}. Use ${known.join(", ")}.`);
  return value as Fields;
}

function parsed(text: string | null): unknown {
  try {
    return exactJson(text ?? "").value;
  } catch {
    return undefined;
  }
}

/** Members by which a body selects dead letters. */
export const SELECTION = ["ids", "filter", "all"] as const;

/** Selection of dead letters: `{ ids }`, `{ filter }` or `{ all: true }`. @throws HttpProblem 400 */
export function selectionOf({
  ids,
  filter,
  all,
}: Fields): { readonly ids: readonly string[] } | { readonly filter: DeadLetterFilter } {
  if ([ids, filter, all].filter((given) => given !== undefined).length !== 1)
    throw badRequest("Send exactly one of { ids: […] }, { filter: { … } } and { all: true }.");
  if (ids !== undefined) {
    const sound = Array.isArray(ids) && ids.length > 0 && ids.length <= LARGEST_CALL && ids.every(isId);
    if (!sound) throw badRequest(`ids is not a list of 1 to ${LARGEST_CALL} ids of dead letters.`);
    return { ids: [...new Set(ids as string[])] };
  }
  if (all !== undefined) {
    if (all !== true) throw badRequest("all is not true.");
    return { filter: {} };
  }
  if (typeof filter !== "object" || filter === null || Array.isArray(filter))
    throw badRequest("The filter is not a JSON object.");
  if (Object.keys(filter).length === 0) throw badRequest("The filter is empty. Send { all: true } to select all.");
  if ("state" in filter)
    throw badRequest("The filter has a state, and the call selects open dead letters only. Leave state out.");
  return { filter: filterOf(filter as Fields) };
}

/** Bytes of JSON: with them a delivery record still holds its events, in an item of 400 KB. */
const LARGEST_ANSWERS = 40_960;

/**
 * Answers of a dead letter's calls: `{ answer }` where it has one call, or `{ answers: { "<call>": … } }`. Digits of numbers beyond 2^53
 * are kept as text, as in the third party's own answer.
 * @throws HttpProblem 400, 413
 */
export function answersOf(text: string | null, calls: readonly string[]): Readonly<Record<string, unknown>> {
  const { answer, answers } = bodyOf(text, ["answer", "answers", "reason"]);
  if ((answer === undefined) === (answers === undefined))
    throw badRequest('Send either { "answer": … } or { "answers": { "<call>": … } }.');
  if (answers !== undefined && (typeof answers !== "object" || answers === null || Array.isArray(answers)))
    throw badRequest("answers is not a JSON object of answers by call.");
  if (answer !== undefined && calls.length > 1)
    throw badRequest(`The dead letter has several calls: send { "answers": { … } } with ${calls.join(", ")}.`);
  const supplied = (answers ?? Object.fromEntries([[calls[0] ?? "", answer]])) as Readonly<Record<string, unknown>>;
  if (Buffer.byteLength(JSON.stringify(supplied)) > LARGEST_ANSWERS)
    throw new HttpProblem(413, "Content Too Large", `The answers exceed ${LARGEST_ANSWERS / 1_024} KB.`);
  return supplied;
}

/** Bytes of an edited payload: one limit with what a caller may send. */
const LARGEST_PAYLOAD = 262_144;

/** Payload and revision of an edit. @throws HttpProblem 400, 413 */
export function editOf(text: string | null): { readonly data: unknown; readonly revision: string } {
  const { data, revision } = bodyOf(text, ["data", "revision", "reason"]);
  if (typeof data !== "object" || data === null)
    throw badRequest("data is not a JSON object or list: it is the whole payload as it is to be.");
  if (typeof revision !== "string" || !/^\d+\.\d+$/.test(revision))
    throw badRequest("revision is missing. Send the one of the dead letter that you read.");
  if (Buffer.byteLength(JSON.stringify(data)) > LARGEST_PAYLOAD)
    throw new HttpProblem(413, "Content Too Large", `The payload exceeds ${LARGEST_PAYLOAD / 1_024} KB.`);
  return { data, revision };
}

export const isId = (value: unknown): boolean => typeof value === "string" && DEAD_LETTER_ID.test(value);

/** @throws HttpProblem 400 */
export function reasonOf({ reason }: Fields): string {
  if (typeof reason === "string" && reason.trim() !== "" && reason.length <= 500) return reason.trim();
  throw badRequest("reason is not a text of 1 to 500 characters. Give the reason.");
}

/** What a call may choose to distinguish runs for the same reason. @default "" @throws HttpProblem 400 */
export function runNameOf({ name }: Fields): string {
  if (name === undefined) return "";
  if (typeof name === "string" && RUN_NAME.test(name)) return name;
  throw badRequest("name is not a text of 1 to 64 letters, digits, - or _.");
}

/** Reason of a change that may go without: `reason` of the body, or `""`. @throws HttpProblem 400 */
export function optionalReasonOf(text: string | null): string {
  const { reason } = parsed(text) as Fields;
  return reason === undefined ? "" : reasonOf({ reason });
}
