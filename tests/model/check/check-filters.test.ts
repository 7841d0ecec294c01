import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, checkFlow, describeProblem, event, flow, join, step, when } from "../../../model/index.ts";

const OrderPlaced = event(
  "OrderPlaced",
  z.object({
    orderId: z.string().max(10),
    cents: z.int().min(0).max(1_000),
    rate: z.number().lt(2),
    country: z.enum(["BR", "PT"]),
    level: z.literal([1, 2]),
    express: z.boolean().optional(),
    currency: z.string().default("EUR"),
    tags: z.array(z.enum(["vip", "new"])),
    lines: z.array(z.object({ sku: z.string() })),
    address: z.object({ city: z.string(), zip: z.string().optional() }),
    either: z.object({ kind: z.string().default("x") }).default({ kind: "y" }),
    "a.b": z.string(),
    labels: z.record(z.string(), z.string()),
  }),
);
const problemsOf = (filter: object) =>
  checkFlow(
    flow("tested", {
      summary: "s",
      owner: "o",
      triggers: { orders: api("POST /orders", { emits: OrderPlaced }) },
      steps: { take: step({ on: when(OrderPlaced, filter), emits: [], handler: () => [] }) },
    }),
  ).map(describeProblem);

describe("checkFilters", () => {
  const sound: readonly object[] = [
    { cents: { gte: 1_000 }, country: "BR" },
    { cents: [0, { gt: 5, lt: 7 }], rate: { gt: 1.999999 } },
    { level: { anythingBut: 1 }, tags: { prefix: "v" }, express: { exists: false } },
    { currency: "EUR", address: { zip: { exists: true } }, labels: { env: { suffix: "d" } } },
    { tags: { exists: false } },
  ];
  for (const filter of sound) it(`takes ${JSON.stringify(filter)}`, () => expect(problemsOf(filter)).to.deep.equal([]));

  const refused: readonly (readonly [filter: object, part: string])[] = [
    [{}, "filter of OrderPlaced: the filter has no condition. Give one condition or more, by field."],
    [{ cent: 1 }, "cent: no field has this name, so no event would ever match. Write cents."],
    [
      { address: { town: "a" } },
      "address.town: no field of address has this name, so no event would ever match. Use one of city, zip.",
    ],
    [{ country: [] }, "country: the list of conditions is empty, so no event would ever match. List one value or more."],
    [{ country: "XX" }, 'country: "XX" is no value of this field, so no event would ever match. Use "BR", "PT".'],
    [
      { country: { prefix: "X" } },
      'country: the test holds for none of "BR", "PT", so no event would ever match. Change the test, or the schema.',
    ],
    [
      { country: { anythingBut: ["BR", "PT"] } },
      'country: the test holds for none of "BR", "PT", so no event would ever match. Change the test, or the schema.',
    ],
    [
      { tags: { equalsIgnoreCase: "old" } },
      'tags: the test holds for none of "vip", "new", so no event would ever match. Change the test, or the schema.',
    ],
    [
      { level: { gt: 2 } },
      "level: the test holds for none of 1, 2, so no event would ever match. Change the test, or the schema.",
    ],
    [
      { cents: { gt: 1_000 } },
      "cents: the schema has no number in this range, so no event would ever match. Change the test, or the schema.",
    ],
    [
      { cents: { gt: 5, lt: 6 } },
      "cents: the schema has no number in this range, so no event would ever match. Change the test, or the schema.",
    ],
    [
      { rate: { gte: 2 } },
      "rate: the schema has no number in this range, so no event would ever match. Change the test, or the schema.",
    ],
    [
      { cents: { gte: 7, lt: 7 } },
      "cents: the schema has no number in this range, so no event would ever match. Change the test, or the schema.",
    ],
    [{ cents: { gt: 1, gte: 2 } }, "cents: gt and gte limit the same side. Give one lower and one upper limit at most."],
    [
      { cents: { gte: 1, prefix: "a" } },
      "cents: a test has both gte and prefix, and EventBridge takes one. Compare in the handler.",
    ],
    [
      { cents: { gte: 6e9 } },
      "cents: EventBridge compares with numbers from -5e9 to 5e9, not 6000000000. Compare in the handler.",
    ],
    [
      { rate: { gte: 0.12345678 } },
      "rate: EventBridge compares six decimal places, and 0.12345678 has more. Round it, or compare in the handler.",
    ],
    [{ cents: { gte: Number.NaN } }, "cents: NaN is no number. Give a number."],
    [{ cents: "5" }, 'cents: "5" is no value of this field, so no event would ever match. Use a value that the schema takes.'],
    [{ cents: { prefix: "5" } }, "cents: prefix compares texts, and this field is none. Use another test."],
    [{ orderId: { gte: 5 } }, "orderId: gte compare numbers, and this field is none. Use another test."],
    [
      { orderId: { prefix: "longer than ten" } },
      "orderId: the text is longer than the field may be, so no event would ever match. Change the test, or the schema.",
    ],
    [
      { orderId: { prefix: "" } },
      "orderId: an empty prefix holds for each text. Remove the condition, or write { exists: true }.",
    ],
    [{ orderId: { prefix: ["a", "b"] } }, "orderId: prefix takes one text. List several as [{ prefix: … }, { prefix: … }]."],
    [
      { orderId: { exists: false } },
      "orderId: the field is never absent, so no event would ever match. Remove the condition, or make the field optional().",
    ],
    [
      { currency: { exists: false } },
      "currency: the field is never absent, so no event would ever match. Remove the condition, or make the field optional().",
    ],
    [
      { orderId: { startsWith: "a" } },
      '"startsWith" is no test. Use gt, gte, lt, lte, prefix, suffix, equalsIgnoreCase, anythingBut, exists, a value, or a list of these.',
    ],
    [
      { orderId: { anythingBut: ["a", 1] } },
      "orderId: anythingBut takes texts alone, or numbers alone. List values of one type, one or more.",
    ],
    [
      { orderId: undefined },
      "orderId: a condition is neither a value nor a test. Give a text, a number, true, false, null, or a test.",
    ],
    [
      { lines: { sku: "a" } },
      "lines: it holds objects, and a rule compares values. Name fields of it, or compare in the handler.",
    ],
    [{ orderId: { id: "a" } }, '"id" is no test.'],
    [{ "a.b": "c" }, "a.b: EventBridge reads a dot or $ in a name as something else. Compare this field in the handler."],
    [
      { either: { kind: "x" } },
      "either.kind: its default depends on what else is absent, which a rule can't see. Give the field one default, or compare in the handler.",
    ],
    [{ orderId: Array.from({ length: 200 }, (_, n) => `order-${n}`) }, "filter of OrderPlaced: it takes "],
  ];
  for (const [filter, part] of refused)
    it(`refuses ${JSON.stringify(filter).slice(0, 60)}`, () => {
      const [problem = "", ...others] = problemsOf(filter);
      expect(others).to.deep.equal([]);
      expect(problem).to.include(part);
      expect(problem).to.match(/^FILTER, flow tested, step take, filter of OrderPlaced/);
    });

  it("names the part of a join", () => {
    const Checked = event("Checked", z.object({ ok: z.boolean() }));
    const joined = flow("tested", {
      summary: "s",
      owner: "o",
      triggers: { orders: api("POST /orders", { emits: OrderPlaced }) },
      steps: {
        check: step({ on: OrderPlaced, emits: [Checked], handler: () => [] }),
        meet: step({ on: join({ order: when(OrderPlaced, { cents: -1 }), check: Checked }), emits: [], handler: () => [] }),
      },
    });
    expect(checkFlow(joined).map(({ where }) => where)).to.deep.equal([
      "flow tested, step meet, part order, filter of OrderPlaced, cents",
    ]);
  });
});
