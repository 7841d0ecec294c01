import { expect } from "chai";
import { describe, it } from "mocha";
import { figureOf } from "../../bench/figures.ts";
import { hubMatching } from "../../bench/matcher.ts";
import { matchingText, OPERATORS, rulesOf } from "../../bench/matching.ts";
import { compilePattern } from "../../emulator/events/pattern.ts";

describe("bench / matching", () => {
  for (const rules of OPERATORS)
    it(`${rules.operator}: each event matches what its pattern says, and the hub finds it`, async () => {
      const { patterns, events } = rulesOf(rules, 40);
      const tests = patterns.map(compilePattern);
      const expected = events.map((event) => tests.flatMap((test, i) => (test(JSON.parse(event)) ? [i] : [])));
      const own = [[0], [10], [20], [30]];
      const all = own.map(([one]) => Array.from({ length: 40 }, (_, i) => i).filter((i) => i !== one));
      expect(expected).to.deep.equal(rules.operator.startsWith("anything-but alone") ? all : own);
      expect(await hubMatching().load(patterns, events)).to.deep.equal(expected);
    });

  it("shows a peer that matches otherwise as such, and one that is missing with the reason", () => {
    const figure = figureOf([2, 4]);
    const peers = { ruler: { figure, ratio: figureOf([0.5]) }, other: "matches otherwise" };
    const rows = [{ operator: "cidr", hub: figureOf([1]), few: figureOf([2]), peers }];
    expect(matchingText({ rows, missing: "there is no java on the PATH." })).to.equal(
      [
        "| operator | hub / ruler | hub / other | 3,000 / 30 rules | hub, µs | ruler, µs | other, µs |",
        "|---|---|---|---|---|---|---|",
        "| cidr | 0.50 | matches otherwise | 0.50 | 1.0 | 3.0 (2.5–3.5) | – |",
        "",
        "event-ruler: skipped, because there is no java on the PATH.",
      ].join("\n"),
    );
  });
});
