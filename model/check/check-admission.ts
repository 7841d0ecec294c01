import type { Flow } from "../flow.ts";
import { routedTriggers } from "../trigger.ts";
import { checkDuration, DAY } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Whether a flow that refuses requests while it is behind has triggers that can refuse, and a sensible bound. */
export function* checkAdmission(flow: Flow): Iterable<Problem> {
  const { admission, steps, triggers } = flow;
  if (!admission) return;
  const where = placeIn(flow, "admission");
  yield* checkDuration({ where: `${where}, oldest`, value: admission.oldest, within: [60, DAY] });
  if (routedTriggers(triggers).length === 0 && !Object.values(triggers).some(({ kind }) => kind === "poll"))
    yield problem(
      "ROUTE",
      where,
      "the flow has no route that could refuse a request, and no poll that could wait",
      "Leave admission out, or add a trigger with a route",
    );
  if (Object.values(steps).every(({ delivery }) => delivery === "direct"))
    yield problem(
      "RANGE",
      where,
      "no step of the flow has a queue in which a message could wait",
      "Leave admission out, or deliver a step by queue",
    );
}
