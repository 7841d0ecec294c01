import type { Probe } from "./probe.ts";
import type { RawAnswer } from "./raw-http.ts";

export type Outcome = { readonly answer: RawAnswer } | { readonly error: string };

/** @returns the fault in a response; `undefined` for a correct one */
export function judge({ what, due, bytes }: Probe, outcome: Outcome): string | undefined {
  if ("error" in outcome) return `${what}: no answer`;
  const { status, headers, body } = outcome.answer;
  if (status >= 500) return `${what}: ${status}`;
  if (status < 200 || (status >= 300 && status < 400)) return `${what}: ${status} is not a status of the hub`;
  // Some senders of webhooks expect 200.
  if (due === "accepted" && status !== 202 && !(what === "signed webhook" && status === 200))
    return `${what}: ${status} instead of 202`;
  if (due === "refused" && status < 400) return `${what}: ${status} instead of a refusal`;
  if (status < 400) return undefined;
  if (headers["content-type"] !== "application/problem+json")
    return `${what}: ${status} has the content type ${headers["content-type"]}`;
  // A response to HEAD has no body.
  if (bytes.subarray(0, 5).toString() === "HEAD ") return undefined;
  try {
    const problem = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
    if (typeof problem.requestId !== "string" || problem.requestId === "") return `${what}: ${status} has no requestId`;
    if (problem.status !== undefined && problem.status !== status)
      return `${what}: ${status} has the body status ${problem.status}`;
  } catch {
    return `${what}: ${status} is not JSON`;
  }
  return undefined;
}
