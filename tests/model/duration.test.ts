import { expect } from "chai";
import { describe, it } from "mocha";
import { parseDuration, RetryLaterError, seconds } from "../../model/index.ts";

describe("parseDuration", () => {
  for (const [text, expected] of [
    ["1 second", 1],
    ["90 seconds", 90],
    ["0.5 minutes", 30],
    ["2 hours", 7_200],
    ["3 days", 259_200],
    ["-1 seconds", undefined],
    ["1e3 seconds", undefined],
    ["10", undefined],
    ["10 fortnights", undefined],
  ] as const) {
    it(`reads "${text}" as ${expected}`, () => expect(parseDuration(text)).to.equal(expected));
  }
});

describe("seconds", () => {
  it("gives a remedy for malformed text", () => {
    expect(() => seconds("-1 seconds")).to.throw(RangeError, 'such as "30 seconds"');
  });
});

describe("RetryLaterError", () => {
  it("carries its wait in seconds", () => {
    expect(new RetryLaterError("busy", { after: "2 minutes" }).afterSeconds).to.equal(120);
  });
});
