import type { Flow } from "../flow.ts";
import { checkDuration, checkMemory, checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Settings of each step's function and queue. */
export function* checkSteps(flow: Flow): Iterable<Problem> {
  for (const [name, { timeout, memory, concurrency, batchSize, delivery }] of Object.entries(flow.steps)) {
    const where = placeIn(flow, `step ${name}`);
    yield* checkDuration({ where: `${where}, timeout`, value: timeout, within: [1, 900] });
    yield* checkMemory({ where: `${where}, memory`, value: memory });
    yield* checkWholeNumber({ where: `${where}, concurrency`, value: concurrency, within: [2, 1_000] });
    yield* checkWholeNumber({ where: `${where}, batchSize`, value: batchSize, within: [1, 10] });
    if (delivery === "direct" && (concurrency ?? batchSize) !== undefined)
      yield problem(
        "RANGE",
        where,
        "concurrency and batchSize apply to a queue, and its delivery is direct",
        "Leave them out, or deliver by queue",
      );
  }
}
