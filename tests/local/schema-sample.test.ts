import { expect } from "chai";
import { describe, it } from "mocha";
import { sample } from "openapi-sampler";
import * as z from "zod";
import { sampleOf, withExamples } from "../../local/schema-sample.ts";
import { jsonSchema } from "../../model/index.ts";

describe("samples of patterns", () => {
  for (const pattern of [
    /^\d+\.\d\d$/,
    /^[A-Z]{2}\d{2}[A-Z0-9]{1,30}$/,
    /^(?:EUR|USD)$/,
    /^\w+@\w+\.com$/,
    /^[^\s@]+@[^\s@]+$/,
    /^ord_[0-9A-HJKMNP-TV-Z]{26}$/,
    /^#([0-9a-f]{3}|[0-9a-f]{6})$/,
    /\d{3}-\d{4}/,
    /^x{0}$/,
  ])
    it(`a text of ${pattern} is one that the schema takes, and always the same`, () => {
      const schema = z.object({ list: z.array(z.string().regex(pattern)).min(1), day: z.iso.date(), mail: z.email() });
      const { schema: known, unmet } = withExamples(jsonSchema(schema));
      const made: unknown = sample(known, { quiet: true });
      expect([unmet, schema.safeParse(made).error]).to.deep.equal([[], undefined]);
      expect(sample(withExamples(jsonSchema(schema)).schema, { quiet: true })).to.deep.equal(made);
    });

  it("keep lengths, and prefer a text that reads plainly", () => {
    const schema = z.object({
      a: z
        .string()
        .regex(/^[^;]+$/)
        .min(3)
        .max(5),
    });
    const { a } = sample(withExamples(jsonSchema(schema)).schema, { quiet: true }) as { a: string };
    expect(schema.safeParse({ a }).error).to.equal(undefined);
    expect(a).to.match(/^[\w .:/@+-]{3,5}$/);
  });

  it("leave what has an example, a default or a fixed value, and data that looks like a schema", () => {
    const schema = z.object({
      given: z
        .string()
        .regex(/^(?=x)/)
        .meta({ examples: ["xyz"] }),
      fixed: z.looseObject({}).default({ pattern: "^(?=y)" }),
      pattern: z.string().regex(/^a$/),
    });
    const { schema: known, unmet } = withExamples(jsonSchema(schema));
    expect(unmet).to.deep.equal([]);
    expect(sample(known, { quiet: true })).to.deep.equal({ given: "xyz", fixed: { pattern: "^(?=y)" }, pattern: "a" });
  });

  for (const pattern of [/^(?=.*[A-Z])(?=.*\d).{8,}$/, /^(\d{4})-\1$/])
    it(`name the place of ${pattern}, which no text is known for`, () => {
      const { unmet } = withExamples(jsonSchema(z.object({ lines: z.array(z.object({ code: z.string().regex(pattern) })) })));
      expect(unmet).to.deep.equal([`/properties/lines/items/properties/code (${pattern.source})`]);
    });

  it("read like values of their properties, where nothing else says how they look", () => {
    const schema = z.object({
      orderId: z.string().min(1),
      note: z.string().max(200).optional(),
      labels: z.array(z.string()),
      billTo: z.object({ city: z.string().nullable(), street: z.string().max(40).nullable() }),
      longest: z.string().min(40),
      short: z.string().max(3),
      quantity: z.int(),
      rank: z.int().min(3).max(9),
      mail: z.email(),
      kind: z.enum(["new", "used"]),
      example: z.string().regex(/^EX-\d$/),
      properties: z.string(),
    });
    const made = sampleOf(jsonSchema(schema));
    expect(schema.safeParse(made).error).to.equal(undefined);
    expect(made).to.deep.include({
      ...{ orderId: "orderId-1", note: "note-1", labels: ["labels-1"], billTo: { city: "city-1", street: "street-1" } },
      ...{ quantity: 1, rank: 3, kind: "new", properties: "properties-1" },
    });
    expect(Object.keys(sampleOf(jsonSchema(schema), { skipNonRequired: true }) as object)).not.to.include("note");
  });
});
