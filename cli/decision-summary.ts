import type { Decided } from "./ops-client.ts";

/** @returns such as `redriven 3, refused 1: the request has ended (0f1e2d3c4b5a6978)`; one line for each reason when there are several */
export function decisionSummary(results: readonly Decided[]): string {
  if (results.length === 0) return "no dead letters";
  const decided = results.filter(({ refused }) => refused === undefined);
  const states = [...Map.groupBy(decided, ({ state }) => state)].map(([state, group]) => `${state} ${group.length}`);
  const refusals = [...Map.groupBy(results, ({ refused }) => refused)].flatMap(([reason, group]) =>
    reason === undefined ? [] : [`refused ${group.length}: ${reason} (${group.map(({ id }) => id).join(", ")})`],
  );
  return [...states, ...refusals].join(refusals.length > 1 ? "\n" : ", ");
}
