import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { carriableText, uncarriable } from "../../runtime/carriable.ts";
import { failureOf } from "../../runtime/errors.ts";

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
};

describe("what an event can carry", () => {
  it("is any text but what SQS refuses and half a surrogate pair, in keys as well", () => {
    for (const text of ["", "é\u{1f600}", "\ufffd", "\ufdd0", "\u{1fffe}", "\0", "\\ud800"])
      expect(uncarriable({ [text]: [text] }), text).to.equal(undefined);
    for (const text of ["\ud800", "a\udc00", "\ufffe", "x\uffffy"])
      for (const value of [text, [text], { [text]: 1 }, { a: { b: [1, text] } }])
        expect(uncarriable(value)).to.match(/surrogate/);
  });

  it("nests a thousand levels, and no deeper", () => {
    expect(uncarriable(nested(1_000))).to.equal(undefined);
    expect(uncarriable(nested(1_001))).to.match(/levels/);
    expect(uncarriable(nested(100_000))).to.match(/levels/);
  });

  it("is what any text becomes", () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(fc.property(fc.string({ unit }), (text) => uncarriable(carriableText(text)) === undefined));
  });

  it("is every message of a failure, also one that a third party wrote or that is cut in an emoji", () => {
    for (const text of ["the ERP says \uffff", "\ud800", `${"x".repeat(999)}\u{1f600}`])
      expect(uncarriable(failureOf(new Error(text)).message), text).to.equal(undefined);
  });
});
