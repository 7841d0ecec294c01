import type { DeadLetter, Observation } from "../observation.ts";
import { claims, table } from "../report.ts";
import { type Finding, leftIn } from "../verdict.ts";
import { CALLS_A_SECOND, SLOW_LIMIT_MS } from "./source.ts";

/**
 * Bounds of a turn, whatever the backlog, for messages that come ten at a time: docs/scale.md. Two receives, and a third one of messages whose turn
 * passes while the hub is down or the third party asks to wait: they book another.
 */
const MOST_RECEIVES = 3;
const MOST_WRITES = 1.5;
const WINDOW_MS = 10_000;
/** Calls of a window, and of one second more: on a busy machine a call arrives later than it was let through. */
const MOST_CALLS = CALLS_A_SECOND * (WINDOW_MS / 1_000 + 1);
/** Messages that the functions hold at once, which a kill of the hub interrupts: the batches of the local hub's five pollers. */
const MOST_HELD = 50;
const BUSY = 429;

/** Observation of a run; input of the verdict. */
export interface Backlog {
  readonly messages: number;
  /** Of the request, at the end. */
  readonly status: string | undefined;
  /** When the hub was killed, ms since the epoch by the hub's clock. */
  readonly killedAt: number;
  /** Calls of the third party by number of the message; `at` in ms since the epoch; `status` is that of the answer. */
  readonly calls: readonly {
    readonly at: number;
    readonly n: number;
    readonly attempt: number;
    readonly status: number | null;
  }[];
  readonly effects: number;
  readonly repeatedCalls: number;
  readonly deadLetters: readonly DeadLetter[];
  readonly restAtEnd: Observation["restAtEnd"];
  /** Number of times that a message went back to its queue. */
  readonly hidden: number;
  /** Times of the writes of the limit's item, those included whose condition did not hold, ms since the epoch. */
  readonly limitWrites: readonly number[];
}

/** Messages that a fault held up: each may be received and take its turn once more. */
function heldUp({ calls }: Backlog) {
  const busy = calls.filter(({ status }) => status === BUSY).length;
  const interrupted = new Set(calls.filter(({ attempt }) => attempt > 1).map(({ n }) => n));
  return { busy, interrupted };
}
/** Turns that were taken or waited for. */
const turnsOf = (seen: Backlog) => seen.messages + heldUp(seen).busy + heldUp(seen).interrupted.size;
const receivesOf = (seen: Backlog) => (seen.messages + seen.hidden) / turnsOf(seen);
const writesOf = (seen: Backlog) => seen.limitWrites.length / turnsOf(seen);

/** Judges a run. Pure: the result depends on the observation only. */
export function backlogVerdict(seen: Backlog): readonly Finding[] {
  const { messages, status, killedAt, calls, effects, repeatedCalls, deadLetters, restAtEnd } = seen;
  const { busy, interrupted } = heldUp(seen);
  const [receives, writes] = [receivesOf(seen), writesOf(seen)];
  const most = mostIn(calls.map(({ at }) => at));
  const served = calls.filter((call) => call.status !== BUSY);
  const called = new Set(served.map(({ n }) => n));
  const holds = (is: boolean, otherwise: string) => (is ? [] : [otherwise]);
  return [
    { claim: "the request is completed", counterexamples: holds(status === "completed", `it is ${status ?? "unknown"}.`) },
    {
      claim: "no message was lost",
      counterexamples: holds(called.size === messages, `the third party heard of ${called.size} of ${messages}.`),
    },
    {
      claim: "no effect took place twice, and no call was repeated but for the kill",
      counterexamples: holds(
        effects === messages && repeatedCalls === served.length - messages && repeatedCalls <= interrupted.size,
        `${effects} effects, ${served.length} calls and ${repeatedCalls} repeated ones of ${messages} messages.`,
      ),
    },
    {
      claim: `only the kill used up attempts: one each of ${MOST_HELD} messages at most, and no wait did`,
      counterexamples: [
        ...calls
          .filter(({ at, attempt }) => attempt > (at > killedAt ? 2 : 1))
          .map(({ n, attempt }) => `${n} was called at attempt ${attempt}.`),
        ...holds(interrupted.size <= MOST_HELD, `${interrupted.size} messages used up one.`),
      ],
    },
    { claim: "the third party asked to wait", counterexamples: holds(busy > 0, "it answered no call with 429.") },
    {
      claim: `the third party had no more than ${MOST_CALLS} calls in any ${WINDOW_MS / 1_000} seconds`,
      counterexamples: holds(most <= MOST_CALLS, `it had ${most}.`),
    },
    {
      claim: `a message was received ${MOST_RECEIVES} times at most for each turn, on average`,
      counterexamples: holds(receives <= MOST_RECEIVES, `it was ${receives.toFixed(2)} times.`),
    },
    {
      claim: `a turn took ${MOST_WRITES} writes of the limit at most, on average, where each takes up to ${SLOW_LIMIT_MS} ms`,
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
      ["… answered with 429", heldUp(seen).busy],
      ["… repeated after the kill", seen.repeatedCalls],
      ["messages that the kill interrupted", heldUp(seen).interrupted.size],
      ["most calls in ten seconds", mostIn(times)],
      ["seconds from the first to the last call", Math.round((Math.max(...times) - Math.min(...times)) / 1_000)],
      ["receives for a turn", Number(receivesOf(seen).toFixed(2))],
      ["writes of the limit for a turn", Number(writesOf(seen).toFixed(2))],
      ["most writes of the limit in a second", mostIn(seen.limitWrites, 1_000)],
    ]),
    "",
    ...claims(findings),
  ].join("\n");
}

/** @returns the most calls in any window */
function mostIn(times: readonly number[], windowMs = WINDOW_MS): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, at, i) => {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    return Math.max(most, i - first + 1);
  }, 0);
}
