import { expect } from "chai";
import { describe, it } from "mocha";
import { parseQuery, toggled } from "../../../console/shared/query.ts";

describe("the console's query", () => {
  it("reads fields, ages and words in any order", () => {
    expect(parseQuery(" A-1 status:blocked,failed flow:order* age>90m  age<2d tenant:shop ")).to.deep.equal({
      fields: { status: ["blocked", "failed"], flow: ["order*"], tenant: ["shop"] },
      olderThan: 90,
      youngerThan: 2_880,
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
  ])
    it(`says what it does not understand in ${text}`, () => expect(parseQuery(text ?? "").problems).to.deep.equal([problem]));

  it("adds and removes one value, and leaves the rest", () => {
    const added = toggled("A-1 status:blocked age>1h", "status", "failed");
    expect(added).to.equal("A-1 age>1h status:blocked,failed");
    expect(toggled(added, "status", "blocked")).to.equal("A-1 age>1h status:failed");
    expect(toggled("status:failed", "status", "failed")).to.equal("");
  });
});
