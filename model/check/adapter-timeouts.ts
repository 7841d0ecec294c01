import type { AnyAdapter } from "../adapter.ts";
import { parseDuration } from "../duration.ts";

/** Seconds that all these third parties together may take to time out, each counted once by name. */
export function timeoutsOf(uses: Readonly<Record<string, AnyAdapter>>): number {
  const adapters = [...new Map(Object.values(uses).map((adapter) => [adapter.name, adapter])).values()];
  return adapters.reduce((sum, adapter) => sum + (parseDuration(adapter.timeout) ?? 0), 0);
}
