import { expect } from "chai";
import { describe, it } from "mocha";
import { parseQuery, ranged, toggled } from "../../../console/shared/query.ts";

describe("the console's query", () => {
  it("reads fields, ages and words in any order", () => {
    expect(parseQuery(" A-1 status:blocked,failed flow:order* age>90m  age<2d tenant:shop ")).to.deep.equal({
      fields: { status: ["blocked", "failed"], flow: ["order*"], tenant: ["shop"] },
      olderThan: 90,
      youngerThan: 2_880,
      from: undefined,
      to: undefined,
      texts: ["A-1"],
      problems: [],
    });
  });
  it("takes an unknown field as a word: ids of webhooks hold colons", () => {
    expect(parseQuery("webhook:payments.stripe").texts).to.deep.equal(["webhook:payments.stripe"]);
  });
  for (const [text, problem] of [
    ["age>soon", "age>soon: an age is written as age>1h or age<30m."],
    ["age:1h", "age:1h: an age is written as age>1h or age<30m."],
    ["status:", "status: gives no value."],
    ["from:noon", "from:noon: a time is written as from:2026-11-29T12:00, in UTC."],
    ["to:2026-13-01", "to:2026-13-01: a time is written as to:2026-11-29T12:00, in UTC."],
  ])
    it(`says what it does not understand in ${text}`, () => expect(parseQuery(text ?? "").problems).to.deep.equal([problem]));

  it("reads a range of times in UTC: days, minutes, seconds and their parts", () => {
    for (const [text, from, to] of [
      ["from:2026-11-28 to:2026-11-29", "2026-11-28T00:00:00.000Z", "2026-11-29T00:00:00.000Z"],
      ["to:2026-11-29T12:30", undefined, "2026-11-29T12:30:00.000Z"],
      ["from:2026-11-29T12:30:15.5Z", "2026-11-29T12:30:15.500Z", undefined],
    ] as const)
      expect((({ from, to, texts }) => ({ from, to, texts }))(parseQuery(text))).to.deep.equal({ from, to, texts: [] });
  });

  it("changes the range alone, in the shortest form", () => {
    const from = Date.parse("2026-11-28T12:00:00.000Z");
    const text = ranged("A-1 from:2026-01-01 status:blocked", { from, to: from + 90_000 });
    expect(text).to.equal("A-1 status:blocked from:2026-11-28T12:00 to:2026-11-28T12:01:30");
    expect(parseQuery(ranged("", { to: from + 5 })).to).to.equal("2026-11-28T12:00:00.005Z");
    expect(ranged(text)).to.equal("A-1 status:blocked");
  });

  it("adds and removes one value, and leaves the rest", () => {
    const added = toggled("A-1 status:blocked age>1h", "status", "failed");
    expect(added).to.equal("A-1 age>1h status:blocked,failed");
    expect(toggled(added, "status", "blocked")).to.equal("A-1 age>1h status:failed");
    expect(toggled("status:failed", "status", "failed")).to.equal("");
  });
});
