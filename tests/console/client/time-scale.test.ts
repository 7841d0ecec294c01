import { expect } from "chai";
import { describe, it } from "mocha";
import { timeScale } from "../../../console/client/time-scale.ts";

describe("console / scale of a time line", () => {
  it("places moments between the begin and the last end", () => {
    const { folds, placeOf, widthOf } = timeScale([{ start: 1_100, end: 2_000 }], 1_000);
    expect(folds).to.deep.equal([]);
    expect([1_000, 1_500, 2_000].map(placeOf)).to.deep.equal([0, 50, 100]);
    expect(widthOf({ start: 1_100, end: 1_350 })).to.equal(25);
  });

  it("folds long times in which nothing ran to the same short length, however parts overlap", () => {
    const parts = [
      { start: 60_000, end: 60_400 },
      { start: 0, end: 400 },
      { start: 100, end: 200 },
      { start: 3_600_000, end: 3_600_400 },
    ];
    const { folds, placeOf } = timeScale(parts, 0);
    expect(folds).to.deep.equal([
      { start: 400, end: 60_000 },
      { start: 60_400, end: 3_600_000 },
    ]);
    // Five lengths of 400 ms: three runs and two folds.
    expect([400, 60_000, 60_400, 3_600_000, 3_600_400].map((ms) => Math.round(placeOf(ms)))).to.deep.equal([20, 40, 60, 80, 100]);
    expect(Math.round(placeOf(400 + 59_600 / 2))).to.equal(30);
  });

  it("shows even a part without length", () => {
    const { placeOf, widthOf } = timeScale([{ start: 5, end: 5 }], 5);
    expect([placeOf(5), widthOf({ start: 5, end: 5 })]).to.deep.equal([0, 0.4]);
  });
});
