import type { Flow } from "../flow.ts";
import { adaptersOf } from "../graph.ts";
import type { Retry } from "../retry.ts";
import { checkDuration, checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn } from "./problem.ts";

/** Retry policies of steps and adapters. */
export function* checkRetries(flow: Flow): Iterable<Problem> {
  for (const [name, { retry }] of Object.entries(flow.steps))
    if (retry) yield* checkRetry({ where: placeIn(flow, `step ${name}, retry`), retry });
  for (const { name, retry } of adaptersOf(flow))
    if (retry) yield* checkRetry({ where: placeIn(flow, `adapter ${name}, retry`), retry });
}

function* checkRetry({ where, retry }: { readonly where: string; readonly retry: Retry }): Iterable<Problem> {
  yield* checkWholeNumber({ where: `${where}.attempts`, value: retry.attempts, within: [1, 50] });
  yield* checkDuration({ where: `${where}.backoff`, value: retry.backoff, within: [1, 43_200] });
  yield* checkDuration({ where: `${where}.ceiling`, value: retry.ceiling, within: [1, 43_200] });
}
