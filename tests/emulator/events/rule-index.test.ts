import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { compilePattern } from "../../../emulator/events/pattern.ts";
import { RuleIndex } from "../../../emulator/events/rule-index.ts";

const word = fc.constantFrom("x", "y", "z");
const field = fc.oneof(
  fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
  fc.constant([{ prefix: "x" }]),
  fc.constant(["y", { prefix: "z" }]),
  fc.constant([{ exists: true }]),
);
const pattern = fc
  .record(
    {
      source: field,
      "detail-type": field,
      detail: fc.constant({ n: [1] }),
      $or: fc.constant([{ source: ["x"] }, { "detail-type": ["y"] }]),
    },
    { requiredKeys: [] },
  )
  .filter((made) => Object.keys(made).length > 0);
const event = fc.record({ source: word, "detail-type": word, detail: fc.record({ n: fc.integer({ min: 0, max: 1 }) }) });

describe("events / rule-index", () => {
  it("finds the same rules as testing each one, each once", () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), event, (patterns, event) => {
        const index = new RuleIndex<number>();
        for (const [i, pattern] of patterns.entries()) index.add(i, pattern);
        const expected = patterns.flatMap((pattern, i) => (compilePattern(pattern)(event) ? [i] : []));
        expect(index.match(event).sort((a, b) => a - b)).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("does not test the rules of other events", () => {
    const index = new RuleIndex<string>();
    let reads = 0;
    const counting = {
      source: "hub.other",
      "detail-type": "B",
      get detail() {
        reads++;
        return { x: 0 };
      },
    };
    for (let i = 0; i < 1_000; i++) index.add(`r${i}`, { source: [`hub.f${i}`], "detail-type": ["A"], detail: { x: [1] } });
    index.add("all", { source: [{ prefix: "hub." }], detail: { x: [{ exists: true }] } });
    expect(index.match(counting)).to.deep.equal(["all"]);
    expect(reads).to.equal(1);
  });
});
