import { expect } from "chai";
import { describe, it } from "mocha";
import { parseMath } from "../../../emulator/cloudwatch/metric-math.ts";
import type { Series } from "../../../emulator/cloudwatch/metrics.ts";
import { type MetricQuery, watchedExpression } from "../../../emulator/cloudwatch/watched.ts";

const METRICS: Readonly<Record<string, Series>> = {
  errors: [1, undefined, 4],
  requests: [10, 20, 0],
  throttles: [undefined, undefined, 2],
};
const resultOf = (source: string) => parseMath(source)({ of: (id) => METRICS[id] ?? [], metricIds: Object.keys(METRICS) });

describe("emulator / metric math", () => {
  for (const [source, expected] of [
    ["errors + requests", [11, undefined, 4]],
    ["FILL(errors, 0) + requests", [11, 20, 4]],
    ["FILL(errors, REPEAT)", [1, 1, 4]],
    ["FILL(throttles, REPEAT)", [undefined, undefined, 2]],
    ["errors / requests * 100", [10, undefined, undefined]],
    ["SUM([errors, throttles])", [1, undefined, 6]],
    ["SUM(METRICS())", [11, 20, 6]],
    ["SUM(FILL(METRICS(), 0))", [11, 20, 6]],
    ["MAX(FILL([errors, throttles], 0))", [1, 0, 4]],
    ["MIN([errors, requests])", [1, 20, 0]],
    ["AVG([errors, requests])", [5.5, 20, 2]],
    ["SUM(METRICS('err'))", [1, undefined, 4]],
    ["IF(requests > 5, errors, 0)", [1, undefined, 0]],
    ["IF(requests > 5, 1)", [1, 1, undefined]],
    ["IF(errors > 0 AND errors / requests > 0.05, 1, 0)", [1, undefined, undefined]],
    ["requests >= 10 || requests == 0", [1, 1, 1]],
    ["requests - 2 * 3 ^ 2 - -1", [-7, 3, -17]],
    ["CEIL(requests / 3)", [4, 7, 0]],
    ["requests / MAX(requests)", [0.5, 1, 0]],
  ] as const)
    it(source, () => expect(resultOf(source)).to.deep.equal(expected));

  for (const [source, message] of [
    ["SEARCH('{AWS/Lambda}', 'Sum')", "CloudWatch refuses SEARCH in an alarm"],
    ["ANOMALY_DETECTION_BAND(errors)", "the function ANOMALY_DETECTION_BAND is not simulated. Use SUM"],
    ["RATE(errors)", "the function RATE is not simulated"],
    ["errors +", 'errors +: "the end" is not expected there'],
    ["(errors", 'errors: ")" is missing'.replace("errors:", "(errors:")],
    ["errors requests", '"requests" is not expected there'],
    ["errors % 2", '"% 2" can\'t be read'.replace('"% 2"', '" % 2"')],
    ["FILL(errors)", "FILL takes 2 arguments"],
    ["FILL(errors, LINEAR)", "FILL with LINEAR is not simulated"],
    ["IF(METRICS(), 1, 0)", "IF takes numbers and single metrics"],
    ["SUM(errors, requests)", "SUM takes 1 arguments"],
    ["[[errors]]", "an array holds single metrics"],
  ] as const)
    it(`refuses ${source}`, () => expect(() => resultOf(source)).to.throw(message));
});

describe("emulator / metrics of an alarm", () => {
  const metric = (id: string, period = 60, statistic = "Sum"): MetricQuery => ({
    id,
    stat: { namespace: "Shop", metric: id, dimensions: {}, statistic, period },
    returned: false,
  });
  const sum = (expression = "SUM(METRICS())"): MetricQuery => ({ id: "all", expression, returned: true });

  for (const [what, queries, message] of [
    [
      "more than 10 metrics",
      [sum(), ...Array.from({ length: 11 }, (_, i) => metric(`m${i}`))],
      "it has 11 metrics, and an alarm takes 10",
    ],
    ["different periods", [sum(), metric("a"), metric("b", 300)], "different periods"],
    ["an unknown id", [sum("a + b"), metric("a")], "it has no metric with the id b"],
    ["a circle", [sum("all + a"), metric("a")], "all refers to itself"],
    ["an array as its result", [sum("METRICS()"), metric("a")], "no single time series"],
    ["a number as its result", [sum("SUM(a)"), metric("a")], "no single time series"],
    ["nothing to watch", [metric("a")], "exactly one of its metricQueries must have returnData"],
    ["an id in upper case", [sum(), metric("A")], "must begin with a lower-case letter"],
    ["a statistic that is not simulated", [sum(), metric("a", 60, "TM(10%:90%)")], "the statistic TM(10%:90%) is not simulated"],
    ["a period below a minute", [sum(), metric("a", 30)], "no multiple of 60"],
  ] as const)
    it(`may not have ${what}`, () => expect(() => watchedExpression(queries)).to.throw(message));

  it("may be ten, and other expressions", () => {
    const ten = Array.from({ length: 10 }, (_, i) => metric(`m${i}`));
    const watched = watchedExpression([
      sum("half * 2"),
      { id: "half", expression: "SUM(METRICS()) / 2", returned: false },
      ...ten,
    ]);
    expect(watched.names).to.have.length(10);
  });
});
