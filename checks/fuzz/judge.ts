import type { Probe } from "./probe.ts";
import type { RawAnswer } from "./raw-http.ts";

export type Outcome = { readonly answer: RawAnswer } | { readonly error: string };

/** @returns what is wrong with an answer; `undefined` for one that is as it should be */
export function judge({ what, due, bytes }: Probe, outcome: Outcome): string | undefined {
  if ("error" in outcome) return `${what}: no answer`;
  const { status, headers, body } = outcome.answer;
  if (status >= 500) return `${what}: ${status}`;
  if (status < 200 || (status >= 300 && status < 400)) return `${what}: ${status} is no answer of the hub's`;
  if (due === "accepted" && status !== 202) return `${what}: ${status} where 202 is due`;
  if (due === "refused" && status < 400) return `${what}: ${status} where a refusal is due`;
  if (status < 400) return undefined;
  if (headers["content-type"] !== "application/problem+json")
    return `${what}: ${status} is ${headers["content-type"]}, no problem`;
  // An answer to HEAD has no body.
  if (bytes.subarray(0, 5).toString() === "HEAD ") return undefined;
  try {
    const problem = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
    if (typeof problem.requestId !== "string" || problem.requestId === "") return `${what}: ${status} tells no requestId`;
    if (problem.status !== undefined && problem.status !== status) return `${what}: ${status} says that it is ${problem.status}`;
  } catch {
    return `${what}: ${status} is no JSON`;
  }
  return undefined;
}
