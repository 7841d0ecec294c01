import { expect } from "chai";
import { describe, it } from "mocha";
import { untilOf } from "../../cli/holds.ts";

const NOW = new Date(2026, 10, 28, 17, 30).getTime();
const at = (day: number, hours: number, minutes = 0) => new Date(2026, 10, day, hours, minutes).toISOString();

describe("cli / until when something is held", () => {
  for (const [what, given, expected] of [
    ["a time of this day", { until: "18:00" }, at(28, 18)],
    ["a time of the next day, where it is past", { until: "9:15" }, at(29, 9, 15)],
    ["this very minute, of the next day", { until: "17:30" }, at(29, 17, 30)],
    ["a moment", { until: "2026-11-28T18:00:00Z" }, "2026-11-28T18:00:00.000Z"],
    ["minutes", { for: "45m" }, at(28, 18, 15)],
    ["hours", { for: "2h" }, at(28, 19, 30)],
  ] as const)
    it(`is ${what}`, () => {
      expect(untilOf(given, NOW)).to.equal(expected);
    });

  for (const given of [
    {},
    { until: "18:00", for: "2h" },
    { until: "25:00" },
    { until: "tomorrow" },
    { for: "2d" },
    { for: "-1h" },
  ])
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => untilOf(given, NOW)).to.throw(/^The time takes|^--(?:until|for) is "/);
    });
});
