import { Problem } from "./problem.ts";

/** Longest part of a list that is read at once. */
const LARGEST_PAGE = 200;

/** @throws Problem 404 */
export function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Problem(404, `There is no such ${what}.`);
  return found;
}

/** @throws Problem 400 */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Problem(400, `The parameter ${name} is not a whole number from ${least} to ${most}.`);
}

/** @returns the object that a body holds as JSON. @throws Problem 400 */
export function jsonObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw new Problem(400, "The body is no JSON object.");
}

const FILTERS = ["state", "flow", "step", "cause"] as const;
/** Filters of dead letters; all that are given must match. `cause` is the id of a group. */
export type DeadLetterQuery = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;
export const deadLetterQueryOf = (query: URLSearchParams): DeadLetterQuery =>
  Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? ""]] : [])));

/** Place and length of a page of a list. @throws Problem 400 */
export const pageOf = (query: URLSearchParams): { readonly offset: number; readonly limit: number } => ({
  offset: wholeNumber("offset", query.get("offset") ?? "0", 0, 10_000_000),
  limit: wholeNumber("limit", query.get("limit") ?? "100", 1, LARGEST_PAGE),
});
