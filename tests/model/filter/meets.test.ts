import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { eventPattern } from "../../../components/flow/event-pattern.ts";
import { compilePattern } from "../../../emulator/events/pattern.ts";
import { describeFilter } from "../../../model/filter/describe.ts";
import { type AnyFilter, when } from "../../../model/filter/filter.ts";
import { filtersOfSteps, leftOutBy } from "../../../model/filter/left-out.ts";
import { type AnyStep, api, checkFlow, event, type Flow, flow, patternOf, step } from "../../../model/index.ts";

const word = fc.constantFrom("a", "ab", "abc", "B", "b", "");
const filled = word.filter((text) => text !== "");
const number = fc.constantFrom(-5, 0, 1, 1.5, 5, 100, 6e9);
const limit = fc.constantFrom(-5, 0, 1, 1.5, 5, 100);
const oneOrMore = <T>(one: fc.Arbitrary<T>) => fc.oneof(one, fc.uniqueArray(one, { minLength: 1, maxLength: 2 }));
const exists = fc.record({ exists: fc.boolean() });
const textTest = fc.oneof(
  word,
  fc.record({ prefix: filled }),
  fc.record({ suffix: filled }),
  fc.record({ equalsIgnoreCase: word }),
  fc.record({ anythingBut: oneOrMore(word) }),
  fc.record({ anythingBut: fc.record({ prefix: oneOrMore(filled) }) }),
  fc.record({ anythingBut: fc.record({ equalsIgnoreCase: oneOrMore(filled) }) }),
  exists,
);
const numberTest = fc.oneof(
  limit,
  fc.record({ gte: limit }),
  fc.record({ lt: limit }),
  fc.record({ gt: limit, lte: limit }),
  fc.record({ anythingBut: oneOrMore(limit) }),
  exists,
);
const filter = fc
  .record(
    {
      text: oneOrMore(textTest),
      number: oneOrMore(numberTest),
      flag: oneOrMore(fc.oneof(fc.boolean(), exists)),
      list: oneOrMore(textTest),
      maybe: oneOrMore(fc.oneof(textTest, fc.constant(null))),
      inner: fc.record({ text: textTest, size: numberTest }, { requiredKeys: ["text"] }),
    },
    { requiredKeys: [] },
  )
  .filter((made) => Object.keys(made).length > 0);
const payload = fc.record(
  {
    text: word,
    number,
    flag: fc.boolean(),
    list: fc.array(word, { maxLength: 2 }),
    maybe: fc.oneof(word, fc.constant(null)),
    inner: fc.record({ text: word, size: number }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const Compared = event(
  "Compared",
  z.object({
    text: z.string().default("ab"),
    number: z.number().default(5),
    flag: z.boolean().optional(),
    list: z.array(z.string()).optional(),
    maybe: z.string().nullable().optional(),
    inner: z.object({ text: z.string().default("a"), size: z.number().optional() }).optional(),
  }),
  { version: 2 },
);
const flowOf = (made: object): Flow & { readonly steps: Readonly<Record<string, AnyStep>> } =>
  flow("compared", {
    summary: "s",
    owner: "o",
    triggers: { start: api("POST /compared", { emits: Compared }) },
    steps: { take: step({ on: when(Compared, made as object), emits: [], handler: () => [] }) },
  }) as never;

/** As the bus has it. */
const delivered = (tested: ReturnType<typeof flowOf>, data: unknown, version = 2) =>
  compilePattern(eventPattern(tested, "take", tested.steps.take as AnyStep))({
    source: "hub.compared",
    "detail-type": "Compared",
    detail: { metadata: { version }, data },
  });

describe("a filter", () => {
  it("means the same for EventBridge's rule and for the ledger", () => {
    fc.assert(
      fc.property(filter, payload, fc.constantFrom(1, 2, 3), (made, data, version) => {
        const tested = flowOf(made);
        const leftOut = leftOutBy(filtersOfSteps(tested.steps), { name: "Compared", version, data });
        expect(leftOut).to.deep.equal(delivered(tested, data, version) ? [] : ["take"]);
      }),
      { numRuns: 400 },
    );
  });

  it("means the same for a payload before and after its defaults are filled in", () => {
    fc.assert(
      fc.property(filter, payload, (made, data) => {
        const tested = flowOf(made);
        fc.pre(checkFlow(tested).length === 0);
        expect(delivered(tested, data)).to.equal(delivered(tested, Compared.schema.parse(data)));
      }),
      { numRuns: 400 },
    );
  });

  it("delivers each event of another version, which only the step can lift", () => {
    const tested = flowOf({ text: "a" });
    expect([1, 2, 3].map((version) => delivered(tested, { text: "b" }, version))).to.deep.equal([true, false, true]);
  });

  it("is written for people", () => {
    const described = (made: AnyFilter) => describeFilter(patternOf(when(Compared, made)) ?? {});
    expect(described({ number: { gte: 100_000, lt: 1e6 }, maybe: ["BR", "PT", null] })).to.equal(
      'number >= 100000 and < 1000000 and maybe is "BR" or "PT" or null',
    );
    expect(described({ flag: { exists: false }, text: { anythingBut: { prefix: ["x", "y"] } }, inner: { size: 3 } })).to.equal(
      'flag is absent and text does not start with "x" or "y" or is absent and inner.size is 3',
    );
  });
});
