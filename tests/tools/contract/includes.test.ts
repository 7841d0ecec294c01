import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { accepts } from "../../../tools/contract/accepts.ts";
import { counterExample } from "../../../tools/contract/counter-example.ts";
import { gapBetween } from "../../../tools/contract/includes.ts";
import { schemaOf } from "../../../tools/contract/shape.ts";
import { taken } from "../../model/schemas/arbitrary.ts";
import { LEAVES } from "../../model/schemas/leaves.ts";
import { edited, edits, plans, schemaOfPlan, valuesOf } from "./plans.ts";

const json = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
/** zod throws where the parts of an intersection have different defaults. */
function accepted(schema: z.ZodType, value: unknown): boolean {
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}
const isJson = (value: unknown) => value !== undefined;

/** What the two say of each other has to hold for zod. */
function hold(narrow: z.ZodType, wide: z.ZodType, values: readonly unknown[]): "included" | "refuted" | "unknown" {
  const [a, b] = [schemaOf(narrow), schemaOf(wide)];
  const gap = gapBetween(a, b);
  expect(gapBetween(a, a), "a schema with itself").to.equal(undefined);
  const found = gap && counterExample(a, b);
  if (found) {
    const text = JSON.stringify(found.value);
    expect(accepted(narrow, found.value), `${text} is said to be accepted`).to.equal(true);
    expect(accepted(wide, found.value), `${text} is said to be refused`).to.equal(false);
    return "refuted";
  }
  if (gap) return "unknown";
  // The promise covers the fields that a schema declares, and those that neither of the two declares.
  const promised = (value: unknown) => accepted(narrow, value) && accepts(a, value, ["zz"]) !== false;
  for (const value of values)
    if (promised(value)) expect(accepted(wide, value), `${JSON.stringify(value)} breaks it`).to.equal(true);
  return "included";
}

describe("inclusion of schemas", () => {
  it("holds for the values of generated schemas, and its counter-examples are some", () => {
    const seen = { included: 0, refuted: 0, unknown: 0 };
    const pairs = plans.chain((plan) =>
      fc.record({
        plan: fc.constant(plan),
        steps: fc.array(edits, { maxLength: 2 }),
        values: fc.array(valuesOf(plan), { minLength: 6, maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(pairs, ({ plan, steps, values }) => {
        seen[hold(schemaOfPlan(plan), schemaOfPlan(steps.reduce(edited, plan)), values)]++;
      }),
      { numRuns: 500, seed: 12 },
    );
    expect(seen.included, "pairs that are included").to.be.greaterThan(150);
    expect(seen.refuted, "pairs that are not").to.be.greaterThan(75);
    expect(seen.unknown, "pairs that nothing is known of").to.be.lessThan(75);
  });

  it("holds between the kinds that the hub takes, whole schemas of them included", () => {
    const seen = { included: 0, refuted: 0, unknown: 0 };
    fc.assert(
      fc.property(
        fc
          .tuple(taken, taken)
          .chain(([one, other]) =>
            fc.array(fc.oneof(one.value, other.value), { minLength: 1, maxLength: 6 }).map((values) => ({ one, other, values })),
          ),
        ({ one, other, values }) => {
          seen[hold(one.schema, other.schema, values.filter(isJson).map(json))]++;
        },
      ),
      { numRuns: 120, seed: 12 },
    );
    expect(seen.refuted).to.be.greaterThan(seen.unknown);
  });

  it("holds for pairs of the kinds that the hub takes, and for each with itself", () => {
    for (const [i, { name, schema, values }] of LEAVES.entries())
      for (const other of LEAVES.filter((_, j) => i === j || (i + j) % 7 === 0)) {
        const found = hold(schema, other.schema, [...values, ...other.values].filter(isJson).map(json));
        if (other.schema === schema) expect(found, name).to.equal("included");
      }
  });

  it("holds where a field of several values becomes a discriminator, and for records whose keys get a rule", () => {
    const [a, b] = [z.literal("a"), z.literal("b")];
    const flat = z.object({ kind: z.enum(["a", "b"]), n: z.int() });
    const split = z.discriminatedUnion("kind", [z.object({ kind: a, n: z.int() }), z.object({ kind: b, m: z.int().optional() })]);
    const values = ["a", "b"].map((kind) => ({ kind, n: 1 }));
    expect(hold(flat, split, values)).to.equal("included");
    expect(hold(split, flat, values)).to.equal("refuted");
    const needs = z.discriminatedUnion("kind", [z.object({ kind: a, n: z.int() }), z.object({ kind: b, m: z.int() })]);
    expect(hold(flat, needs, values)).to.equal("refuted");
    const optional = z.object({ kind: z.enum(["a", "b"]).optional(), n: z.int() });
    expect(hold(optional, split, values)).to.equal("refuted");
    expect(hold(z.record(z.string(), z.int()), z.record(z.string().max(3), z.int()), [{ abc: 1 }])).to.equal("refuted");
  });

  it("judges values as zod does", () => {
    const seen = { certain: 0, unknown: 0 };
    const judge = (schema: z.ZodType, value: unknown, name: string) => {
      const verdict = accepts(schemaOf(schema), value);
      seen[verdict === undefined ? "unknown" : "certain"]++;
      if (verdict !== undefined) expect(verdict, `${name}: ${JSON.stringify(value)}`).to.equal(accepted(schema, value));
    };
    for (const { name, schema, values } of LEAVES)
      for (const value of values.filter(isJson).map(json)) judge(schema, value, name);
    const cases = taken.chain((schema) =>
      fc.array(schema.value, { minLength: 1, maxLength: 5 }).map((values) => ({ schema, values })),
    );
    fc.assert(
      fc.property(cases, ({ schema: { name, schema }, values }) => {
        for (const value of values.filter(isJson).map(json)) judge(schema, value, name);
      }),
      { numRuns: 400, seed: 12 },
    );
    expect(seen.certain, "most are certain").to.be.greaterThan(3 * seen.unknown);
  });
});
