import { expect } from "chai";
import { describe, it } from "mocha";
import { barsBetween } from "../../../console/shared/bars.ts";

describe("console / bars of the histogram", () => {
  for (const [first, last, barMs, from, count] of [
    ["2026-11-29T12:00:00.400Z", "2026-11-29T12:00:00.900Z", 1_000, "2026-11-29T12:00:00.000Z", 1],
    ["2026-11-29T12:00:00.000Z", "2026-11-29T12:00:59.999Z", 1_000, "2026-11-29T12:00:00.000Z", 60],
    ["2026-11-29T12:00:00.000Z", "2026-11-29T12:01:00.000Z", 2_000, "2026-11-29T12:00:00.000Z", 31],
    ["2026-11-29T11:59:59.999Z", "2026-11-29T13:30:00.000Z", 120_000, "2026-11-29T11:58:00.000Z", 47],
    ["2026-11-26T01:00:00.000Z", "2026-11-29T13:30:00.000Z", 7_200_000, "2026-11-26T00:00:00.000Z", 43],
    ["2025-01-01T00:00:00.000Z", "2026-11-29T13:30:00.000Z", 1_209_600_000, "2024-12-19T00:00:00.000Z", 51],
  ] as const)
    it(`from ${first} to ${last}: ${count} of ${barMs} ms`, () => {
      const bars = barsBetween(first, last);
      expect({ barMs: bars.barMs, from: bars.from, count: bars.count }).to.deep.equal({ barMs, from, count });
      expect([bars.barOf(first), bars.barOf(last)]).to.deep.equal([0, count - 1]);
      // What is common to the times of a group is enough.
      expect(bars.barOf(last.slice(0, bars.digits))).to.equal(count - 1);
    });

  it("has some 60 bars even for centuries", () => {
    const { count } = barsBetween("1970-01-01T00:00:00.000Z", "2370-01-01T00:00:00.000Z");
    expect(count).to.equal(60);
  });
});
