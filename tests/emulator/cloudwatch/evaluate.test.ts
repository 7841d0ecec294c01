import { expect } from "chai";
import { describe, it } from "mocha";
import { evaluate, MISSING_DATA, type Rule, type State } from "../../../emulator/cloudwatch/evaluate.ts";

const rule = (evaluationPeriods: number, datapointsToAlarm: number, missingData: Rule["missingData"]): Rule => ({
  comparison: "GreaterThanThreshold",
  threshold: 0,
  evaluationPeriods,
  datapointsToAlarm,
  missingData,
});
/** `0` does not breach, `X` breaches, `-` is missing, as on AWS's page. */
const points = (text: string) => text.split(" ").map((point) => (point === "-" ? undefined : point === "X" ? 1 : 0));
const KEPT = "kept";

/** The states by `missing`, `ignore`, `breaching`, `notBreaching`; `kept`: the state until now. */
function statesOf(text: string, evaluationPeriods: number, datapointsToAlarm: number): readonly string[] {
  return (["missing", "ignore", "breaching", "notBreaching"] as const).map((missingData) => {
    const states = (["OK", "ALARM"] as const).map((before: State) =>
      evaluate(points(text), rule(evaluationPeriods, datapointsToAlarm, missingData), before),
    );
    return states[0] === states[1] ? (states[0] ?? "") : KEPT;
  });
}

// The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
describe("emulator / evaluation of an alarm", () => {
  for (const [text, ...expected] of [
    ["0 - X - X", "OK", "OK", "OK", "OK"],
    ["0 - - - -", "OK", "OK", "OK", "OK"],
    ["- - - - -", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"],
    ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["- - X - -", "ALARM", KEPT, "ALARM", "OK"],
  ] as const)
    it(`3 out of 3: ${text}`, () => expect(statesOf(text, 3, 3)).to.deep.equal(expected));

  for (const [text, ...expected] of [
    ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 - X - -", "OK", "OK", "ALARM", "OK"],
    ["- - - - 0", "OK", "OK", "ALARM", "OK"],
    ["- - - X -", "ALARM", KEPT, "ALARM", "OK"],
  ] as const)
    it(`2 out of 3: ${text}`, () => expect(statesOf(text, 3, 2)).to.deep.equal(expected));

  it("is decided by the newest points alone where enough of them exist", () => {
    for (const missingData of MISSING_DATA) {
      expect(evaluate(points("X X X X 0"), rule(1, 1, missingData), "ALARM")).to.equal("OK");
      expect(evaluate(points("0 0 0 0 X"), rule(1, 1, missingData), "OK")).to.equal("ALARM");
    }
  });

  it("lets a lone point of a metric that is written now and then count until it leaves the range", () => {
    expect(evaluate(points("- X -"), rule(1, 1, "notBreaching"), "ALARM")).to.equal("ALARM");
    expect(evaluate(points("- - -"), rule(1, 1, "notBreaching"), "ALARM")).to.equal("OK");
  });
});
