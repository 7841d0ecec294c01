import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { randomPairs } from "../../../checks/event-ruler/pairs.ts";
import { compilePattern, type EventTest } from "../../../emulator/events/pattern.ts";
import { RuleIndex } from "../../../emulator/events/rule-index.ts";
import { eventWith, PATTERN_CASES } from "./pattern-cases.ts";

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

/** The rules that the index finds, and those that match when each one is tested. */
function found(patterns: readonly object[], events: readonly object[]) {
  const index = new RuleIndex<number>();
  const tests = patterns.map(compilePattern);
  for (const [i, pattern] of patterns.entries()) index.add(i, pattern);
  return {
    indexed: events.map((event) => index.match(event).sort((a, b) => a - b)),
    tested: events.map((event) => tests.flatMap((test: EventTest, i) => (test(event) ? [i] : []))),
  };
}

/** An event whose detail counts how often it is read. */
function counting(detail: object, others: object = { source: "a", "detail-type": "b" }) {
  const counted = { reads: 0, event: {} };
  counted.event = Object.defineProperty({ ...others }, "detail", {
    enumerable: true,
    get: () => {
      counted.reads += 1;
      return detail;
    },
  });
  return counted;
}

describe("events / rule-index", () => {
  it("finds the same rules as testing each one, each once", () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 40 }), event, (patterns, event) => {
        const { indexed, tested } = found(patterns, [event]);
        expect(indexed).to.deep.equal(tested);
      }),
      { numRuns: 500 },
    );
  });

  it("finds the same rules of every operator as testing each one", () => {
    const cases = PATTERN_CASES.map(([, pattern, detail]) => ({ pattern, event: eventWith(detail) }));
    const pairs = [...cases, ...randomPairs(400, 7)];
    const { indexed, tested } = found(
      pairs.map(({ pattern }) => pattern),
      pairs.map(({ event }) => event),
    );
    expect(indexed).to.deep.equal(tested);
    expect(tested.flat().length).to.be.greaterThan(pairs.length);
  });

  it("finds rules by fields whose name has a dot", () => {
    const patterns = [{ "a.b": ["x"] }, { a: { b: ["x"] } }, { a: { "b.c": [{ prefix: "x" }] } }];
    const events = [{ "a.b": "x" }, { a: { b: "x" } }, { a: { b: { c: "xy" } } }, { "": { "a.b": "x" } }];
    const { indexed, tested } = found(patterns, events);
    expect(indexed).to.deep.equal(tested);
    expect(tested).to.deep.equal([[0], [0, 1], [2], []]);
  });

  it("never takes what an object inherits for a field", () => {
    const { indexed, tested } = found([{ "__proto__.toString": [{ exists: true }] }], [{ a: 1 }]);
    expect({ indexed, tested }).to.deep.equal({ indexed: [[]], tested: [[]] });
  });

  const ADDRESSES = [
    "10.0.0.7",
    "10.0.1.7",
    "::ffff:10.0.0.7",
    "::ffff:a00:7",
    "2001:db8::1",
    "2001:DB8:0:0::",
    "::",
    "fe80::1%eth0",
    "a",
  ];
  it("finds networks of both versions", () => {
    const cidrs = [
      "10.0.0.0/24",
      "10.0.0.0/15",
      "0.0.0.0/0",
      "::/0",
      "2001:db8::/32",
      "::ffff:0:0/96",
      "fe80::/10",
      "10.0.0.7/32",
    ];
    const patterns = cidrs.map((cidr) => ({ ip: [{ cidr }] }));
    const { indexed, tested } = found(
      patterns,
      ADDRESSES.map((ip) => ({ ip })),
    );
    expect(indexed).to.deep.equal(tested);
  });

  it("finds ranges of numbers, open and closed", () => {
    const limit = fc.integer({ min: -20, max: 20 });
    const range = fc.oneof(
      fc.tuple(fc.constantFrom("<", "<=", ">", ">=", "="), limit),
      fc.tuple(fc.constantFrom(">", ">="), limit, fc.constantFrom("<", "<="), limit),
    );
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60 }), fc.array(limit, { minLength: 1 }), (ranges, values) => {
        const patterns = ranges.map((numeric) => ({ n: [{ numeric }] }));
        const { indexed, tested } = found(
          patterns,
          values.map((n) => ({ n })),
        );
        expect(indexed).to.deep.equal(tested);
      }),
    );
  });

  it("does not test the rules of other events", () => {
    const index = new RuleIndex<string>();
    for (let i = 0; i < 1_000; i++) index.add(`r${i}`, { source: [`hub.f${i}`], "detail-type": ["A"], detail: { x: [1] } });
    index.add("all", { source: [{ prefix: "hub." }], detail: { x: [{ exists: true }] } });
    const counted = counting({ x: 0 }, { source: "hub.other", "detail-type": "B" });
    expect(index.match(counted.event)).to.deep.equal(["all"]);
    expect(counted.reads).to.equal(1);
  });

  const text = (i: number) => `item-${String(i).padStart(5, "0")}`;
  for (const [operator, patternOf, detail] of [
    ["exact", (i: number) => ({ s: [text(i)] }), { s: text(7) }],
    ["prefix", (i: number) => ({ s: [{ prefix: `${text(i)}/` }] }), { s: `${text(7)}/more` }],
    [
      "prefix, ignoring case",
      (i: number) => ({ s: [{ prefix: { "equals-ignore-case": `${text(i)}/` } }] }),
      { s: `ITEM-00007/` },
    ],
    ["suffix", (i: number) => ({ s: [{ suffix: `/${text(i)}` }] }), { s: `more/${text(7)}` }],
    ["suffix, ignoring case", (i: number) => ({ s: [{ suffix: { "equals-ignore-case": text(i) } }] }), { s: "/ITEM-00007" }],
    ["equals-ignore-case", (i: number) => ({ s: [{ "equals-ignore-case": text(i) }] }), { s: "Item-00007" }],
    ["wildcard at its beginning", (i: number) => ({ s: [{ wildcard: `${text(i)}*` }] }), { s: "item-00007!" }],
    ["wildcard at its end", (i: number) => ({ s: [{ wildcard: `item*${i}#` }] }), { s: "item-7#" }],
    ["wildcard within", (i: number) => ({ s: [{ wildcard: `*#${text(i)}#*` }] }), { s: "a#item-00007#b" }],
    ["numeric", (i: number) => ({ n: [{ numeric: ["=", i] }] }), { n: 7 }],
    ["range of numbers", (i: number) => ({ n: [{ numeric: [">=", i, "<", i + 1] }] }), { n: 7.5 }],
    ["cidr", (i: number) => ({ ip: [{ cidr: `10.${i >> 8}.${i & 255}.0/24` }] }), { ip: "10.0.7.9" }],
    ["exists", (i: number) => ({ [text(i)]: [{ exists: true }] }), { "item-00007": null }],
    ["anything-but", (i: number) => ({ s: [{ "anything-but": ["common", text(i)] }], n: [i] }), { s: "other", n: 7 }],
    ["only exceptions", (i: number) => ({ s: [{ "anything-but": ["common", text(i)] }] }), { s: "common" }],
    ["not existing", (i: number) => ({ s: [{ exists: false }], n: [i] }), { n: 7 }],
    ["$or", (i: number) => ({ $or: [{ s: [text(i)] }, { s: [{ prefix: `${text(i)}/` }] }] }), { s: "item-00007" }],
    [
      "condition beside common ones",
      (i: number) => ({ s: ["common"], t: [{ prefix: "" }], n: [i] }),
      { s: "common", t: "", n: 7 },
    ],
  ] as const) {
    it(`tests few of 3,000 rules: ${operator}`, () => {
      const index = new RuleIndex<number>();
      for (let i = 0; i < 3_000; i++) index.add(i, { source: ["a"], "detail-type": ["b"], detail: patternOf(i) });
      const counted = counting(detail);
      expect(index.match(counted.event)).to.deep.equal(operator === "only exceptions" ? [] : [7]);
      expect(counted.reads).to.be.lessThan(12);
    });
  }
});
