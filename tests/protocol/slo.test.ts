import { expect } from "chai";
import { describe, it } from "mocha";
import { alarmText, outcomeText, ringing } from "../../protocol/slo.ts";

const objective = { completedWithin: "1 minute", for: "99 %" };
const outcomes = (inTime: number, late: number) => ({ fast: { inTime: 0, late: 0 }, slow: { inTime, late } });

describe("how the requests of a flow met its objective", () => {
  for (const [inTime, late, text] of [
    [0, 0, "no request in the last 6 h"],
    [200, 0, "100 % of 200 in the last 6 h, 100 % of the error budget left"],
    [399, 1, "99.75 % of 400 in the last 6 h, 75 % of the error budget left"],
    [99, 1, "99 % of 100 in the last 6 h, 0 % of the error budget left"],
    [49_999, 1, "99.99 % of 50000 in the last 6 h, 100 % of the error budget left"],
    [98, 2, "98 % of 100 in the last 6 h, the error budget used up 2 times"],
    [0, 3, "0 % of 3 in the last 6 h, the error budget used up 100 times"],
  ] as const)
    it(`says ${text}`, () => expect(outcomeText(objective, outcomes(inTime, late))).to.equal(text));

  it("says which alarm rings", () => {
    expect(ringing(objective, outcomes(94, 6))).to.deep.equal([]);
    expect(ringing(objective, outcomes(93, 7)).map(alarmText)).to.deep.equal(["the alarm over 6 h rings"]);
  });
});
