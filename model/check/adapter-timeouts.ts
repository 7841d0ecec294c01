import type { AnyAdapter } from "../adapter.ts";
import { parseDuration } from "../duration.ts";
import { type Problem, problem } from "./problem.ts";

/**
 * Whether a function has time left even if every third party times out, one after the other.
 * @param left seconds that it has for all of them
 * @param who has that time, as the problem says it
 */
export function* checkTimeouts({
  where,
  uses,
  left,
  who,
  remedy,
}: {
  readonly where: string;
  readonly uses: Readonly<Record<string, AnyAdapter>>;
  readonly left: number;
  readonly who: string;
  readonly remedy: string;
}): Iterable<Problem> {
  const needed = timeoutsOf(uses);
  if (needed > left)
    yield problem("DURATION", where, `its third parties may take ${needed} seconds to time out, and ${who} has ${left}`, remedy);
}

/** Seconds that all these third parties together may take to time out, each counted once by name. */
function timeoutsOf(uses: Readonly<Record<string, AnyAdapter>>): number {
  const adapters = [...new Map(Object.values(uses).map((adapter) => [adapter.name, adapter])).values()];
  return adapters.reduce((sum, adapter) => sum + (parseDuration(adapter.timeout) ?? 0), 0);
}
