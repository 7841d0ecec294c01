import type { RequestView } from "./api.ts";

/** What a step did in one of two requests. Times in ms. */
export interface StepRun {
  readonly status: string;
  readonly attempts: number;
  /** Deliveries, compensations aside. */
  readonly count: number;
  /** From the first cause to the first attempt; `null` where that is not known, or it has not begun. */
  readonly waited: number | null;
  /** From the first attempt's begin to the last one's end; `null` where it has not begun. */
  readonly ran: number | null;
}
export interface ComparedStep {
  readonly step: string;
  /** `null` where the step has no part in the request. */
  readonly here: StepRun | null;
  readonly there: StepRun | null;
  /** What an operator should look at: how the two differ; `""` where they went alike. */
  readonly difference: string;
}

/** A step is slower when it takes twice as long, and this much longer, ms. */
const MUCH_MS = 100;

/** Compares a request with another of its flow, step by step, in the order of the graph. */
export function compared(here: RequestView, there: RequestView): readonly ComparedStep[] {
  const names = new Set([...here.steps, ...there.steps].map(({ step }) => step));
  return [...names].map((step) => {
    const [a, b] = [runOf(here, step), runOf(there, step)];
    return { step, here: a, there: b, difference: differenceOf(a, b) };
  });
}

function runOf({ steps, deliveries }: RequestView, step: string): StepRun | null {
  const state = steps.find((one) => one.step === step);
  if (!state) return null;
  const own = deliveries.filter((one) => one.step === step && one.compensates === undefined);
  const least = (times: readonly string[]) => Math.min(...times.map((time) => Date.parse(time)));
  const begun = own.length > 0 ? least(own.map(({ startedAt }) => startedAt)) : undefined;
  const caused = own.map(({ causedAt }) => causedAt).filter((time) => time !== "");
  return {
    status: state.status,
    attempts: state.attempts,
    count: state.count ?? own.length,
    waited: begun === undefined || caused.length === 0 ? null : Math.max(0, begun - least(caused)),
    ran: begun === undefined ? null : Math.max(...own.map(({ finishedAt }) => Date.parse(finishedAt))) - begun,
  };
}

function differenceOf(here: StepRun | null, there: StepRun | null): string {
  if (!here || !there) return here ? "only here" : "only there";
  if (here.status !== there.status) return `${here.status}, there ${there.status}`;
  if (here.count !== there.count) return `${here.count} deliveries, there ${there.count}`;
  if (here.attempts > there.attempts) return `${here.attempts} attempts, there ${there.attempts}`;
  const [a, b] = [here.ran ?? 0, there.ran ?? 0];
  if (a > 2 * b && a - b >= MUCH_MS) return "slower";
  const [c, d] = [here.waited ?? 0, there.waited ?? 0];
  return here.waited !== null && there.waited !== null && c > 2 * d && c - d >= MUCH_MS ? "waited longer" : "";
}
