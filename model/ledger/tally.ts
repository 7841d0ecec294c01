import type { Cancellation } from "../../protocol/cancel.ts";
import { outlookOfCounted, type Progress, type Sizes, sizeName } from "../counted.ts";
import type { FlowGraph, StepNode } from "../graph.ts";
import type { DeliveryFact, EndFact } from "./facts.ts";
import type { RequestStatus } from "./request-status.ts";
import { compensates, endsThatCount, isUndecided } from "./saga.ts";
import { aliveJoins, type Settled, type StepState } from "./settle.ts";

/** Events of one name: how many, and the sum of their ids' digests. Two sets of events are equal when both are. */
export interface Amount {
  readonly count: number;
  /** 0 up to `MODULUS`. */
  readonly sum: number;
}
export type Amounts = Readonly<Record<string, Amount>>;

/** What the ledger knows of one delivery and its compensation, or of a trigger's event, without a list of events. */
export interface Work {
  /** Name in the request's graph, or `trigger:<name>`. */
  readonly step: string;
  readonly delivery: string;
  /** Its `emitted` is empty: `emitted` below stands for it. */
  readonly fact?: DeliveryFact;
  readonly end?: EndFact;
  readonly undo?: DeliveryFact;
  /** By event name. @default none */
  readonly emitted?: Amounts;
  /** Events of this request that the delivery was caused by, by name. @default none */
  readonly taken?: Amounts;
  /** Of `emitted`, by step: those that its filter leaves out. @default none */
  readonly leftOut?: Readonly<Record<string, Amounts>>;
  /** @default none */
  readonly sizes?: Sizes;
}

/** Counts of one step's deliveries. */
interface StepTally {
  readonly succeeded: number;
  readonly retrying: number;
  /** A dead letter that can be redriven. */
  readonly failed: number;
  /** Failed finally. */
  readonly over: number;
  /** Succeeded with an effect that can be compensated; and of these, compensated, and with a compensation that failed. */
  readonly undoable: number;
  readonly undone: number;
  readonly undoFailed: number;
  /** Of those that succeeded, the ones that did not run: the request was cancelled. */
  readonly skipped: number;
  /** Dead letters that may have taken effect: in a cancelled request, what has to be decided on. */
  readonly undecided: number;
}
/** Times and the last failure of a step; unlike counts they are never taken back. */
interface StepMarks {
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error?: DeliveryFact["error"];
}

/** The state of a request as sums over its deliveries: its size depends on the flow, and not on the number of deliveries. */
export interface Tally {
  /** Published events, by name. */
  readonly events: Amounts;
  readonly steps: Readonly<Record<string, StepTally>>;
  /** Events that the step's deliveries were caused by, by step and event name. */
  readonly taken: Readonly<Record<string, Amounts>>;
  /** Events that the step's filter leaves out, by step and event name. @default none */
  readonly leftOut?: Readonly<Record<string, Amounts>>;
  /** Sums of sizes. @default none */
  readonly sizes?: Sizes;
  readonly marks: Readonly<Record<string, StepMarks>>;
  /** Deliveries that ended the request's hope; only where the flow compensates. */
  readonly ends: number;
  readonly cancelled?: Cancellation;
}
export const EMPTY: Tally = { events: {}, steps: {}, taken: {}, marks: {}, ends: 0 };

/** Sums stay exact integers. */
export const MODULUS = 2 ** 48;
const NONE: StepTally = {
  succeeded: 0,
  retrying: 0,
  failed: 0,
  over: 0,
  undoable: 0,
  undone: 0,
  undoFailed: 0,
  skipped: 0,
  undecided: 0,
};

/** @param before what the tally holds of the same delivery. Replacing it by `after` twice is not idempotent: the caller remembers it */
export function replaced(graph: FlowGraph, tally: Tally, before: Work | undefined, after: Work): Tally {
  const without = before ? counted(graph, tally, before, -1) : tally;
  return marked(counted(graph, without, after, 1), after);
}

function counted(graph: FlowGraph, tally: Tally, work: Work, sign: 1 | -1): Tally {
  const known = countOf(tally, work.step);
  const change = countsOf(graph, work);
  const counts = Object.fromEntries(
    Object.entries(known).map(([name, value]) => [name, value + sign * change[name as keyof StepTally]]),
  ) as unknown as StepTally;
  return {
    ...tally,
    events: added(tally.events, work.emitted, sign),
    steps: { ...tally.steps, [work.step]: counts },
    taken: { ...tally.taken, [work.step]: added(tally.taken[work.step], work.taken, sign) },
    ...(work.leftOut && { leftOut: withLeftOut(tally.leftOut, work.leftOut, sign) }),
    ...(work.sizes && { sizes: withSizes(tally.sizes, work.sizes, sign) }),
    ends: tally.ends + sign * (work.end && compensates(graph) ? 1 : 0),
  };
}

type LeftOutByStep = NonNullable<Work["leftOut"]>;
const withLeftOut = (known: LeftOutByStep = {}, more: LeftOutByStep, sign: 1 | -1): LeftOutByStep => ({
  ...known,
  ...Object.fromEntries(Object.entries(more).map(([step, amounts]) => [step, added(known[step], amounts, sign)])),
});

const withSizes = (known: Sizes = {}, more: Sizes, sign: 1 | -1): Sizes => ({
  ...known,
  ...Object.fromEntries(Object.entries(more).map(([name, size]) => [name, (known[name] ?? 0) + sign * size])),
});

/** A delivery that succeeded with an effect that its step can compensate. */
export function isUndoable(graph: FlowGraph, { step, fact }: Work): boolean {
  const compensable = graph.steps.some(({ name, compensates }) => name === step && compensates);
  return compensable && fact?.status === "succeeded" && fact.continuedIn === undefined && !fact.surplus;
}

/** A tally of an earlier version lacks some counts. */
const countOf = (tally: Tally, step: string): StepTally => ({ ...NONE, ...tally.steps[step] });

function countsOf(graph: FlowGraph, work: Work): StepTally {
  const { fact, end, undo } = work;
  if (!fact) return NONE;
  const { status } = fact;
  const isFinal = end !== undefined && endsThatCount(graph, { events: [], deliveries: [], ends: [end] }).length > 0;
  // A redrive requested before the ledger knew of the failure: the delivery's record prevents another attempt.
  const stopped = status === "retrying" && isFinal && end.why === "terminal";
  const failed = status === "failed" || stopped;
  const undoable = isUndoable(graph, work);
  const one = (holds: boolean) => (holds ? 1 : 0);
  return {
    succeeded: one(status === "succeeded"),
    retrying: one(status === "retrying" && !stopped),
    failed: one(failed && !isFinal),
    over: one(failed && isFinal),
    undoable: one(undoable),
    undone: one(undoable && undo?.status === "succeeded"),
    undoFailed: one(undoable && undo?.status === "failed"),
    skipped: one(fact.skipped === true),
    undecided: one(isUndecided(fact, end)),
  };
}

function marked(tally: Tally, { step, fact }: Work): Tally {
  if (!fact) return tally;
  const known = tally.marks[step];
  const error = fact.status === "succeeded" ? known?.error : (fact.error ?? known?.error);
  const marks: StepMarks = {
    attempts: Math.max(known?.attempts ?? 0, fact.attempts),
    startedAt: known && known.startedAt < fact.startedAt ? known.startedAt : fact.startedAt,
    finishedAt: known && known.finishedAt > fact.finishedAt ? known.finishedAt : fact.finishedAt,
    ...(error && { error }),
  };
  return { ...tally, marks: { ...tally.marks, [step]: marks } };
}

function added(known: Amounts = {}, more: Amounts = {}, sign: 1 | -1): Amounts {
  const sums = Object.entries(more).map(([name, { count, sum }]) => {
    const before = known[name] ?? { count: 0, sum: 0 };
    return [name, { count: before.count + sign * count, sum: (((before.sum + sign * sum) % MODULUS) + MODULUS) % MODULUS }];
  });
  return { ...known, ...Object.fromEntries(sums) };
}

const NO_EVENTS: Amount = { count: 0, sum: 0 };
const without = (amount: Amount, less: Amount | undefined): Amount =>
  less ? (added({ it: amount }, { it: less }, -1).it ?? NO_EVENTS) : amount;

/** What a step waits for. */
interface Outlook {
  readonly step: string;
  readonly pending: number;
  /** A report has come whose cause has not been reported yet. */
  readonly ahead: boolean;
  /** Events that a join lacks; `undefined` when it does not wait. */
  readonly missing: readonly string[] | undefined;
  /** Of a counted join that waits. */
  readonly progress?: Progress;
  readonly tolerated?: boolean;
}

function outlookOf(graph: FlowGraph, tally: Tally, step: StepNode): Outlook {
  const open = (name: string): Amount => {
    const here = without(tally.events[name] ?? NO_EVENTS, tally.taken[step.name]?.[name]);
    const leftOut = tally.leftOut?.[step.name]?.[name];
    if (!leftOut) return here;
    // While a deployment narrows a filter, its rule may still deliver some of the events that the publisher has left out.
    return here.count >= 0 && here.count < leftOut.count ? NO_EVENTS : without(here, leftOut);
  };
  if (step.on.kind === "event") {
    const { event } = step.on;
    if (graph.events.some(({ name, imported }) => name === event && imported))
      return { step: step.name, pending: 0, ahead: false, missing: undefined };
    const { count, sum } = open(event);
    return { step: step.name, pending: Math.max(0, count), ahead: count <= 0 && (count !== 0 || sum !== 0), missing: undefined };
  }
  const awaited = Object.values(step.on.parts);
  const here = awaited.filter((name) => open(name).count > 0);
  if (here.length === 0) return { step: step.name, pending: 0, ahead: false, missing: undefined };
  if (step.on.counted) {
    const { field, tolerate } = step.on.counted;
    const size = tally.sizes?.[sizeName(step.on.parts.of ?? "", field)];
    const { missing, ...more } = outlookOfCounted(step.on, tolerate, (name) => open(name).count, size);
    return missing.length > 0
      ? { step: step.name, pending: 0, ahead: false, missing, ...more }
      : { step: step.name, pending: 1, ahead: false, missing: undefined };
  }
  const missing = awaited.filter((name) => !here.includes(name));
  return missing.length > 0
    ? { step: step.name, pending: 0, ahead: false, missing }
    : { step: step.name, pending: 1, ahead: false, missing: undefined };
}

/** The same state that `settle` finds, from the sums. A step has one row for each status, with the number of its deliveries. */
export function settleTally(graph: FlowGraph, tally: Tally): Settled {
  const doomed = tally.ends > 0 || tally.cancelled !== undefined;
  const outlooks = graph.steps.map((step) => outlookOf(graph, tally, step));
  const ahead = outlooks.some((outlook) => outlook.ahead);
  const moving = outlooks
    .filter(({ step, pending }) => {
      const { retrying, failed, undecided } = countOf(tally, step);
      const open = tally.cancelled ? undecided : doomed ? 0 : failed;
      return pending > 0 || retrying > 0 || open > 0;
    })
    .map(({ step }) => step);
  const waiting = outlooks.flatMap(({ step, missing, tolerated = false }) => (missing ? [{ step, missing, tolerated }] : []));
  const alive = ahead ? new Set(waiting.map(({ step }) => step)) : aliveJoins(graph, moving, waiting, doomed);
  const totals = graph.steps.reduce((sum, { name }) => plus(sum, countOf(tally, name)), NONE);
  const busy = totals.retrying > 0 || outlooks.some(({ pending }) => pending > 0);
  const status = doomed
    ? statusOfDoomed(totals, busy || ahead, compensates(graph), tally.cancelled !== undefined)
    : statusOf(totals, busy, ahead || alive.size > 0);
  return { status, steps: outlooks.flatMap((outlook) => rowsOf(outlook, tally, alive)), ahead };
}

const plus = (a: StepTally, b: StepTally): StepTally =>
  Object.fromEntries(
    Object.entries(a).map(([name, value]) => [name, value + b[name as keyof StepTally]]),
  ) as unknown as StepTally;

function statusOf({ succeeded, retrying, failed, over }: StepTally, busy: boolean, waits: boolean): RequestStatus {
  if (busy) return succeeded + retrying + failed + over === 0 ? "accepted" : "running";
  if (failed > 0) return "blocked";
  if (waits) return "running";
  return over > 0 ? "failed" : "completed";
}

function statusOfDoomed(totals: StepTally, busy: boolean, isSaga: boolean, cancelled: boolean): RequestStatus {
  const { undoable, undone, undoFailed, undecided } = totals;
  if (busy) return isSaga ? "compensating" : statusOf(totals, busy, false);
  if (cancelled && undecided > 0) return "blocked";
  if (undoable === 0) return cancelled ? "cancelled" : "failed";
  if (undoFailed > 0) return "compensation-failed";
  return undone === undoable ? "compensated" : "compensating";
}

function rowsOf({ step, pending, missing, progress }: Outlook, tally: Tally, alive: ReadonlySet<string>): readonly StepState[] {
  const { succeeded, retrying, failed, over, skipped } = countOf(tally, step);
  const marks = tally.marks[step];
  const row = (status: StepState["status"], count: number): readonly StepState[] => {
    if (count === 0) return [];
    const begun = status === "succeeded" || status === "retrying" || status === "failed";
    return [
      {
        step,
        status,
        count,
        attempts: begun ? (marks?.attempts ?? 0) : 0,
        startedAt: begun ? (marks?.startedAt ?? null) : null,
        finishedAt: begun && status !== "retrying" ? (marks?.finishedAt ?? null) : null,
        ...(begun && status !== "succeeded" && marks?.error && { error: marks.error }),
      },
    ];
  };
  return [
    ...row("succeeded", succeeded - skipped),
    ...row("failed", failed + over),
    ...row("retrying", retrying),
    ...row("pending", pending),
    ...row("waiting", missing && alive.has(step) ? 1 : 0).map((state) => ({ ...state, ...(progress && { progress }) })),
    ...row("skipped", skipped + (missing && !alive.has(step) ? 1 : 0)),
  ];
}
