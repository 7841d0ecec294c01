import type { Table } from "../../ports.ts";

/** Where one step's messages come from and go to, as the deployment wrote it down. */
export interface StepTarget {
  /** Of the step's queue; of the queue for redriven events alone, where delivery is direct. */
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly ruleArn: string;
  readonly functionArn: string;
  /** `undefined` for a step that waits for one event; `by` is the common field, `null` for parts of the same request. */
  readonly join?: { readonly by: string | null; readonly acrossTenants: boolean };
}
export interface FlowTargets {
  readonly flow: string;
  /** Hash of the graph that is deployed now. */
  readonly graph: string;
  readonly deadLetterArn: string;
  readonly steps: Readonly<Record<string, StepTarget>>;
  /** Triggers that publish by time, by their names. @default none */
  readonly schedules?: Readonly<Record<string, { readonly scheduleArn: string; readonly event: string }>>;
}

/** The flow's name for what is the hub's own: its ledger is no step of any request. */
export const HUB_FLOW = "hub";
const PARTITION = "targets";
const FRESH_MS = 60_000;

/** Reads what the deployment wrote under `targets`; kept for a minute, for a deployment may change it. */
export function targetStore({ table, clock }: { readonly table: Table; readonly clock: { now(): number } }) {
  let known: { readonly at: number; readonly flows: readonly FlowTargets[] } | undefined;
  return async (): Promise<readonly FlowTargets[]> => {
    if (known && clock.now() - known.at < FRESH_MS) return known.flows;
    const items = await table.query(PARTITION);
    known = { at: clock.now(), flows: items.map(({ targets }) => JSON.parse(String(targets)) as FlowTargets) };
    return known.flows;
  };
}
