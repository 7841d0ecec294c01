import type { DeadLetter, Observation } from "../observation.ts";
import { claims, table } from "../report.ts";
import { type Finding, leftIn } from "../verdict.ts";
import { CALLS_A_SECOND } from "./source.ts";

/** Bounds of a message, whatever the backlog: docs/scale.md. */
const MOST_RECEIVES = 2;
const MOST_WRITES = 3;
const WINDOW_MS = 10_000;
/** Calls of a window, and of one second more: on a busy machine a call arrives later than it was let through. */
const MOST_CALLS = CALLS_A_SECOND * (WINDOW_MS / 1_000 + 1);

/** Observation of a run; input of the verdict. */
export interface Backlog {
  readonly messages: number;
  /** Of the request, at the end. */
  readonly status: string | undefined;
  /** Calls of the third party by number of the message; `at` in ms since the epoch. */
  readonly calls: readonly { readonly at: number; readonly n: number; readonly attempt: number }[];
  readonly effects: number;
  readonly repeatedCalls: number;
  readonly deadLetters: readonly DeadLetter[];
  readonly restAtEnd: Observation["restAtEnd"];
  /** Number of times that a message went back to its queue. */
  readonly hidden: number;
  /** Writes of the limit's item, those included whose condition did not hold. */
  readonly limitWrites: number;
}

const receivesOf = ({ messages, hidden }: Backlog) => (messages + hidden) / messages;
const writesOf = ({ messages, limitWrites }: Backlog) => limitWrites / messages;

/** Judges a run. Pure: the result depends on the observation only. */
export function backlogVerdict(seen: Backlog): readonly Finding[] {
  const { messages, status, calls, effects, repeatedCalls, deadLetters, restAtEnd } = seen;
  const [receives, writes] = [receivesOf(seen), writesOf(seen)];
  const most = mostIn(calls.map(({ at }) => at));
  const called = new Set(calls.map(({ n }) => n));
  const holds = (is: boolean, otherwise: string) => (is ? [] : [otherwise]);
  return [
    { claim: "the request is completed", counterexamples: holds(status === "completed", `it is ${status ?? "unknown"}.`) },
    {
      claim: "no message was lost",
      counterexamples: holds(called.size === messages, `the third party heard of ${called.size} of ${messages}.`),
    },
    {
      claim: "no effect took place twice, and no call was repeated",
      counterexamples: holds(
        effects === messages && calls.length === messages && repeatedCalls === 0,
        `${effects} effects, ${calls.length} calls and ${repeatedCalls} repeated ones of ${messages} messages.`,
      ),
    },
    {
      claim: "no wait used up an attempt",
      counterexamples: calls
        .filter(({ attempt }) => attempt > 1)
        .map(({ n, attempt }) => `${n} was called at attempt ${attempt}.`),
    },
    {
      claim: `the third party had no more than ${MOST_CALLS} calls in any ${WINDOW_MS / 1_000} seconds`,
      counterexamples: holds(most <= MOST_CALLS, `it had ${most}.`),
    },
    {
      claim: `a message was received ${MOST_RECEIVES} times at most, on average`,
      counterexamples: holds(receives <= MOST_RECEIVES, `it was ${receives.toFixed(2)} times.`),
    },
    {
      claim: `a message took ${MOST_WRITES} writes of the limit at most, on average`,
      counterexamples: holds(writes <= MOST_WRITES, `it took ${writes.toFixed(2)}.`),
    },
    {
      claim: "no message became a dead letter",
      counterexamples: deadLetters.map(({ id, step }) => `${id} of ${step}.`),
    },
    { claim: "at the end, no message and no delivery is left", counterexamples: leftIn(restAtEnd) },
    {
      claim: "there was a backlog",
      counterexamples: holds(receives > 1.5, "most messages were let through at once: ask for more of them."),
    },
  ];
}

/** @returns the table of a run and its claims with counterexamples; the last lines are in mocha's format */
export function backlogReport(seen: Backlog, findings: readonly Finding[]): string {
  const times = seen.calls.map(({ at }) => at);
  return [
    ...table("a backlog behind a rate limit", [
      ["messages", seen.messages],
      ["calls of the third party", seen.calls.length],
      ["most calls in ten seconds", mostIn(times)],
      ["seconds from the first to the last call", Math.round((Math.max(...times) - Math.min(...times)) / 1_000)],
      ["receives of a message", Number(receivesOf(seen).toFixed(2))],
      ["writes of the limit, a message", Number(writesOf(seen).toFixed(2))],
    ]),
    "",
    ...claims(findings),
  ].join("\n");
}

/** @returns the most calls in any window */
function mostIn(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, at, i) => {
    while ((sorted[first] ?? at) <= at - WINDOW_MS) first += 1;
    return Math.max(most, i - first + 1);
  }, 0);
}
