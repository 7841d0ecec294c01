import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import { DOCUMENTS, TARGETS } from "../../../protocol/table.ts";
import type { Table } from "../../ports.ts";

const FRESH_MS = 60_000;

/** Reads what deployments wrote of their flows; kept for a minute, since a deployment may change it. */
export function targetStore({ table, clock }: { readonly table: Table; readonly clock: { now(): number } }) {
  let known: { readonly at: number; readonly flows: readonly FlowTargets[] } | undefined;
  return async (): Promise<readonly FlowTargets[]> => {
    if (known && clock.now() - known.at < FRESH_MS) return known.flows;
    const items = await table.query(TARGETS);
    known = { at: clock.now(), flows: items.map((item) => JSON.parse(String(item[DOCUMENTS.targets])) as FlowTargets) };
    return known.flows;
  };
}
