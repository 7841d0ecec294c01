import type { FlowTargets, StepTarget } from "../../../protocol/dead-letter.ts";
import { DOCUMENTS, TARGETS } from "../../../protocol/table.ts";
import type { Table } from "../../ports.ts";

const FRESH_MS = 60_000;

/**
 * Reads what deployments wrote of their flows; kept for a minute, since a deployment may change it.
 * @returns a function of the greatest age of what it returns, in milliseconds. @default a minute
 */
export function targetStore({ table, clock }: { readonly table: Table; readonly clock: { now(): number } }) {
  let known: { readonly at: number; readonly flows: readonly FlowTargets[] } | undefined;
  return async (maxAge: number = FRESH_MS): Promise<readonly FlowTargets[]> => {
    if (known && clock.now() - known.at < maxAge) return known.flows;
    const items = await table.query(TARGETS);
    known = { at: clock.now(), flows: items.map((item) => JSON.parse(String(item[DOCUMENTS.targets])) as FlowTargets) };
    return known.flows;
  };
}

/** @returns the flow that has the name now, or else had it */
export const flowNamed = (flows: readonly FlowTargets[], name: string): FlowTargets | undefined =>
  flows.find(({ flow }) => flow === name) ?? flows.find(({ formerly = [] }) => formerly.includes(name));

/** @returns the step that has the name now, or else had it */
export function stepNamed(
  { steps }: FlowTargets,
  name: string,
): { readonly step: string; readonly target: StepTarget } | undefined {
  const [step, target] =
    Object.entries(steps).find(([step]) => step === name) ??
    Object.entries(steps).find(([, { formerly = [] }]) => formerly.includes(name)) ??
    [];
  return step === undefined || target === undefined ? undefined : { step, target };
}

/** A step's name and its former ones: the ledger knows a delivery by the name under which it was reported. */
export interface StepNames {
  readonly step: string;
  readonly formerly?: readonly string[];
}

/** @returns the names now of the step that had the name; the name alone where the hub has no such step */
export function namesOfStep(
  flows: readonly FlowTargets[],
  { flow, step }: { readonly flow: string; readonly step: string },
): StepNames {
  const owner = flowNamed(flows, flow);
  const found = owner && stepNamed(owner, step);
  return { step: found?.step ?? step, ...(found?.target.formerly && { formerly: found.target.formerly }) };
}
