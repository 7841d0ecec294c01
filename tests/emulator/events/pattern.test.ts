import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { compilePattern } from "../../../emulator/events/pattern.ts";
import { eventWith, PATTERN_CASES } from "./pattern-cases.ts";

const matches = (pattern: object, detail: unknown) => compilePattern({ detail: pattern })(eventWith(detail));

describe("events / pattern", () => {
  for (const [name, pattern, detail, expected] of PATTERN_CASES) {
    it(`${expected ? "matches" : "does not match"}: ${name}`, () => {
      expect(compilePattern(pattern)(eventWith(detail))).to.equal(expected);
      expect(compilePattern(JSON.stringify(pattern))(eventWith(detail)), "as JSON").to.equal(expected);
    });
  }

  for (const [what, pattern, reason] of [
    ["text that is not JSON", "{", /not valid JSON/],
    ["an empty pattern", {}, /Empty pattern/],
    ["an array", "[]", /Empty pattern/],
    ["a bare value", { source: "x" }, /must be an object or an array/],
    ["an empty array", { source: [] }, /Empty arrays/],
    ["an empty object", { detail: {} }, /Empty objects/],
    ["nested arrays", { source: [["x"]] }, /nested/],
    ["an unknown operator", { source: [{ sounds: "x" }] }, /Unrecognized match type sounds/],
    ["two operators in one object", { source: [{ prefix: "a", suffix: "b" }] }, /Only one key/],
    ["a prefix that is not a string", { source: [{ prefix: 1 }] }, /must be a string/],
    ["an exists that is not a boolean", { source: [{ exists: "yes" }] }, /either true or false/],
    ["a numeric out of range", { n: [{ numeric: ["=", 5e9 + 1] }] }, /-5.0e9 and 5.0e9/],
    ["a numeric without operator", { n: [{ numeric: [5] }] }, /numeric must be/],
    ["an unknown numeric operator", { n: [{ numeric: ["!=", 5] }] }, /Unrecognized numeric range operator/],
    ["an anything-but of mixed types", { n: [{ "anything-but": ["a", 1] }] }, /all strings or all numbers/],
    ["an invalid CIDR", { ip: [{ cidr: "10.0.0.0/33" }] }, /Malformed CIDR/],
    ["a CIDR without bits", { ip: [{ cidr: "10.0.0.0" }] }, /Malformed CIDR/],
    ["consecutive wildcards", { s: [{ wildcard: "a**b" }] }, /Consecutive wildcard/],
    ["an escape of another character", { s: [{ wildcard: "a\\b" }] }, /Invalid escape/],
    ["more than 2,048 characters", { s: ["x".repeat(2_048)] }, /longer than 2048/],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => compilePattern(pattern))
        .to.throw(reason)
        .with.property("name", "InvalidEventPatternException");
    });
  }

  const text = fc.string({ maxLength: 8 });
  const detail = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), {
    minKeys: 1,
  });

  it("matches every event against a pattern of its own values", () => {
    fc.assert(
      fc.property(detail, (detail) =>
        matches(Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, [value]])), detail),
      ),
    );
  });

  it("agrees with JavaScript's string operations", () => {
    fc.assert(
      fc.property(text, text, (value, part) => {
        expect(matches({ a: [{ prefix: part }] }, { a: value })).to.equal(value.startsWith(part));
        expect(matches({ a: [{ suffix: part }] }, { a: value })).to.equal(value.endsWith(part));
        expect(matches({ a: [{ "anything-but": [part] }] }, { a: value })).to.equal(value !== part);
      }),
    );
  });

  it("matches a value by wildcard when parts of it are replaced by `*`", () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 2, maxLength: 4 }),
        fc.array(text, { minLength: 4, maxLength: 4 }),
        (kept, between) => {
          const parts = kept.filter((part) => part !== "");
          fc.pre(parts.length > 0);
          const value = parts.map((part, i) => part + between[i]).join("");
          const wildcard = `${parts.map((part) => part.replace(/[*\\]/g, "\\$&")).join("*")}*`;
          return matches({ a: [{ wildcard }] }, { a: value });
        },
      ),
    );
  });

  it("ends for hostile wildcards, for which a backtracking matcher would need exponential time", () => {
    const pattern = `${"a*".repeat(200)}b`;
    expect(matches({ a: [{ wildcard: pattern }] }, { a: "a".repeat(20_000) })).to.equal(false);
  });

  it("applies the last condition of a field, as event-ruler does", () => {
    expect(matches({ a: [1], $or: [{ a: [2] }, { b: [3] }] }, { a: 2 })).to.equal(true);
    expect(matches({ $or: [{ a: [2] }, { b: [3] }], a: [1] }, { a: 2 })).to.equal(false);
  });

  it("treats a field as absent only if no element of an array has it", () => {
    expect(matches({ a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] })).to.equal(false);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: [{ c: 1 }, { c: 2 }] })).to.equal(true);
  });

  it("refuses more than 1,000 combinations of alternatives", () => {
    const ten = (letter: string) => Array.from({ length: 10 }, (_, i) => ({ [letter]: [i] }));
    const nested = (letters: string[]): object => ({
      $or:
        letters.length === 1
          ? ten(letters[0] ?? "")
          : ten(letters[0] ?? "").map((alternative) => ({ ...alternative, ...nested(letters.slice(1)) })),
    });
    expect(() => compilePattern(nested(["a", "b"]))).not.to.throw();
    const wide = { x: { $or: ten("a") }, y: { $or: ten("b") }, z: { $or: ten("c") }, w: { $or: ten("d") } };
    expect(() => compilePattern(wide)).to.throw(/more than 1000 combinations/);
  });

  it("matches either exists true or exists false", () => {
    fc.assert(
      fc.property(fc.option(fc.jsonValue(), { nil: undefined }), (value) => {
        const event = value === undefined ? {} : { a: value };
        expect(matches({ a: [{ exists: true }] }, event)).to.not.equal(matches({ a: [{ exists: false }] }, event));
      }),
    );
  });
});
