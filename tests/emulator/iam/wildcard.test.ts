import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { wildcard } from "../../../emulator/iam/wildcard.ts";

describe("iam / wildcard", () => {
  it("matches the same texts as the equivalent regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", ".", "🙂"), maxLength: 7 });
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const source = [...pattern].map((c) => (c === "*" ? "[^]*" : c === "?" ? "[^]" : c === "." ? "\\." : c)).join("");
        expect(wildcard(pattern)(value)).to.equal(new RegExp(`^${source}$`, "u").test(value));
      }),
      { numRuns: 2_000 },
    );
  });
});
