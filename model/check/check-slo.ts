import type { Flow } from "../flow.ts";
import { parsePercentage } from "../percentage.ts";
import { checkDuration, DAY } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Percent. Below, the fast alarm (`protocol/slo.ts`) would need more than all requests to be late; above, one late request in 10,000 is too many. */
const [LEAST, MOST] = [95, 99.99];

/** Whether the objective of a flow is one that requests can meet or miss. */
export function* checkSlo(flow: Flow): Iterable<Problem> {
  const { slo } = flow;
  if (!slo) return;
  const where = placeIn(flow, "slo");
  yield* checkDuration({ where: `${where}, completedWithin`, value: slo.completedWithin, within: [1, 30 * DAY] });
  const share = parsePercentage(slo.for);
  if (share === undefined || share < LEAST || share > MOST)
    yield problem(
      "RANGE",
      `${where}, for`,
      `"${slo.for}" is not a share from ${LEAST} % to ${MOST} %`,
      'Write a number, a space and the sign, such as "99.9 %"',
    );
}
