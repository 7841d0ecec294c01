import { expect } from "chai";
import { describe, it } from "mocha";
import { type SchemathesisReport, totals } from "../../../checks/schemathesis/totals.ts";

const sound: SchemathesisReport = {
  operations: { selected: 26, tested: 24 },
  test_cases: { generated: 900 },
  failures: [],
  errors: [],
};
const failure = { title: "Server error", operations: ["GET /requests", "GET /ops/audit"] };

describe("schemathesis / totals", () => {
  for (const [what, change, passing, failing] of [
    ["operations that were called without a finding", {}, 24, []],
    ["a finding", { failures: [failure] }, 22, ["Server error: GET /requests, GET /ops/audit"]],
    [
      "an operation with two findings once",
      { failures: [failure, { ...failure, title: "Wrong type" }] },
      22,
      ["Server error: GET /requests, GET /ops/audit", "Wrong type: GET /requests, GET /ops/audit"],
    ],
    [
      "an error of the tool",
      { errors: [{ title: "Network Error", count: 2 }] },
      24,
      ["error of the run, 2 times: Network Error"],
    ],
    [
      "a run that called nothing",
      { operations: { selected: 26, tested: 0 }, test_cases: { generated: 0 } },
      0,
      ["Schemathesis called nothing."],
    ],
  ] as const)
    it(`count ${what}`, () => {
      expect(totals({ ...sound, ...change })).to.deep.equal({ passing, failing });
    });
});
