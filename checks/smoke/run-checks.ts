import { type Check, reasonToSkip } from "./check.ts";
import type { Hub } from "./hub.ts";

export interface Result {
  readonly check: Check;
  readonly outcome: "holds" | "fails" | "skipped";
  /** Why it fails or is skipped. */
  readonly why?: string;
}

/** Runs the checks one after the other: faults of the sandbox are for the next call, from any check. */
export async function runChecks(
  checks: readonly Check[],
  hub: Hub,
  report: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const check of checks) {
    const result = await resultOf(check, hub);
    report(result);
    results.push(result);
  }
  return results;
}

async function resultOf(check: Check, hub: Hub): Promise<Result> {
  const reason = reasonToSkip(check, hub);
  if (reason !== undefined) return { check, outcome: "skipped", why: reason };
  try {
    await check.run(hub);
    return { check, outcome: "holds" };
  } catch (error) {
    return { check, outcome: "fails", why: error instanceof Error ? error.message : String(error) };
  }
}

export const lineOf = ({ check, outcome, why }: Result): string =>
  `  ${outcome.padEnd(7)}  ${check.id}: ${check.what}${why === undefined ? "" : `\n           ${why}`}`;

/**
 * @returns the rows of docs/unknowns.md of which each check holds, and those that stay open. A row counts as settled when all checks that name it
 * ran and held.
 */
export function settledBy(results: readonly Result[]): { readonly settled: readonly string[]; readonly open: readonly string[] } {
  const rows = [...new Set(results.flatMap(({ check }) => check.settles))].sort();
  const isOpen = (row: string) => results.some(({ check, outcome }) => check.settles.includes(row) && outcome !== "holds");
  return { settled: rows.filter((row) => !isOpen(row)), open: rows.filter(isOpen) };
}
