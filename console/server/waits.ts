import type { FlowGraph, StepNode } from "../../model/graph.ts";
import { type Hold, holdOn, targetText } from "../../protocol/holds.ts";
import { breakerKey, deliveryKey, holdsKey } from "../../protocol/table.ts";
import { holdsIn } from "../../runtime/holds.ts";
import { FAILURES_TO_OPEN } from "../../runtime/third-party/breaker.ts";
import type { DeadLetterRow, EventRow, StepView, Wait } from "../shared/api.ts";
import type { StateTable } from "./state-table.ts";

interface Looked {
  readonly graph: FlowGraph;
  readonly steps: readonly StepView[];
  readonly events: readonly EventRow[];
  readonly deadLetters: readonly DeadLetterRow[];
}

/** What can make a step wait. */
interface Causes {
  /** ms since the epoch. */
  readonly now: number;
  holds(): Promise<readonly Hold[]>;
  /** @returns until when the third party's circuit breaker is open, ms since the epoch; `undefined` when it is not */
  openUntil(party: string): Promise<number | undefined>;
  /** The attempt of the step that runs or ran last; `undefined` where it is not known. */
  attempt(step: StepNode, looked: Looked): Promise<{ readonly number: number; readonly runsUntil: number } | undefined>;
}

/** As the state table has it. */
export const tableWaits = (table: StateTable, now: number): Causes => ({
  now,
  holds: async () => holdsIn(await table.get(holdsKey)),
  async openUntil(party) {
    const breaker = await table.get(breakerKey(party));
    return Number(breaker?.failures ?? 0) >= FAILURES_TO_OPEN ? Number(breaker?.openUntil ?? 0) : undefined;
  },
  async attempt(step, looked) {
    const record = await recordOf(table, step, looked);
    return record && { number: Number(record.attempts), runsUntil: record.state === "running" ? Number(record.leaseUntil) : 0 };
  },
});

/** @returns why each step that is not done does not go on, the most serious first */
export async function waitsOf(causes: Causes, looked: Looked): Promise<readonly Wait[]> {
  const { graph, steps, deadLetters } = looked;
  const dead = deadLetters
    .filter(({ state }) => state === "open")
    .map(
      ({ step, attempts, errorCode, errorMessage }): Wait => ({
        step,
        health: "bad",
        text: `${step || "The event"} failed after ${times(attempts, "attempt")} and waits for a decision. ${errorCode}: ${errorMessage}`,
      }),
    );
  const shown = new Set(dead.map(({ step }) => step));
  const others = await Promise.all(
    steps.map(async (state): Promise<readonly Wait[]> => {
      const step = graph.steps.find(({ name }) => name === state.step);
      if (!step || shown.has(state.step)) return [];
      if (state.status === "waiting") return [joinWait(step, state, looked)];
      if (state.status === "pending" || state.status === "retrying") return [await stepWait(causes, step, state, looked)];
      return [];
    }),
  );
  return [...dead, ...others.flat()];
}

function joinWait(step: StepNode, state: StepView, { events }: Looked): Wait {
  const parts = step.on.kind === "join" ? Object.entries(step.on.parts) : [];
  const arrived = new Set(events.map(({ name }) => name));
  const missing = parts.filter(([, event]) => !arrived.has(event)).map(([, event]) => event);
  const of = state.progress;
  const within =
    step.on.kind === "join" && step.on.within !== null
      ? ` ${step.on.counted?.tolerate ? `It goes on without ${step.on.counted.tolerate} at most, or gives up,` : "It gives up"} ${step.on.within} after the first part.`
      : "";
  return {
    step: step.name,
    health: "wait",
    text: of
      ? `${step.name} has ${of.came} of ${of.of} ${parts.map(([, event]) => event).at(-1)} and waits for the others.${within}`
      : `${step.name} has ${parts.length - missing.length} of ${parts.length} parts and waits for ${missing.join(" and ")}.${within}`,
  };
}

async function stepWait(causes: Causes, step: StepNode, state: StepView, looked: Looked): Promise<Wait> {
  const { now } = causes;
  const { flow } = looked.graph;
  const what = { flow: [flow], step: [step.name, ...(step.formerly ?? [])], thirdParties: step.uses };
  const hold = holdOn(await causes.holds(), what, now);
  if (hold)
    return {
      step: step.name,
      health: "wait",
      text: `${step.name} waits: ${targetText(hold)} is held by ${hold.by} until ${iso(Date.parse(hold.until))}: ${hold.why}. No attempt is used up.`,
    };
  for (const party of step.uses) {
    const openUntil = (await causes.openUntil(party)) ?? 0;
    if (openUntil > now)
      return {
        step: step.name,
        health: "bad",
        text: `${step.name} waits: the circuit breaker of ${party} is open until ${iso(openUntil)}. No attempt is used up.`,
      };
  }
  const { number = state.attempts, runsUntil = 0 } = (await causes.attempt(step, looked)) ?? {};
  if (runsUntil > now)
    return {
      step: step.name,
      health: "busy",
      text: `${step.name} runs: attempt ${number}, until ${iso(runsUntil)} at the latest.`,
    };
  if (state.status === "retrying")
    return {
      step: step.name,
      health: "wait",
      text: `${step.name} failed ${times(number, "time")} and will be tried again.${state.error ? ` ${state.error.code}: ${state.error.message}` : ""}`,
    };
  return { step: step.name, health: "busy", text: `${step.name} has its event in the queue and has not reported yet.` };
}

/** Record of the step's delivery that is not done: a step's first name keys it. */
async function recordOf(table: StateTable, step: StepNode, { events, graph: { flow } }: Looked) {
  if (step.on.kind === "join") return undefined;
  const { event } = step.on;
  const [name = step.name] = step.formerly ?? [];
  const causes = events.filter((one) => one.name === event).slice(-5);
  const records = await Promise.all(causes.map(({ eventId }) => table.get(deliveryKey(flow, name, eventId))));
  return records.find((record) => record !== undefined && record.state !== "done");
}

const iso = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)} UTC`;
const times = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
