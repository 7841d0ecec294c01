import { expect } from "chai";
import { describe, it } from "mocha";
import { sample } from "openapi-sampler";
import * as z from "zod";
import { int64, jsonSchema, withInt64 } from "../../model/index.ts";

describe("int64()", () => {
  it("takes text of up to 19 digits", () => {
    for (const text of ["0", "-1", "820982911946154508", "-9223372036854775808"])
      expect(int64().safeParse(text).success, text).to.equal(true);
    for (const text of ["", "-0", "01", "1.0", "1e3", "12345678901234567890", " 1"])
      expect(int64().safeParse(text).success, text).to.equal(false);
    expect(jsonSchema(z.object({ id: int64() }), "draft-04")).to.have.nested.property("properties.id.type", "string");
  });

  it("has an example in its JSON Schema, which a sampler takes, and none in the gateway's model", () => {
    const schema = z.object({ id: int64().describe("The order."), more: z.array(int64()).min(1), none: int64().nullable() });
    expect(schema.safeParse(sample(jsonSchema(schema) as never, { quiet: true })).error).to.equal(undefined);
    expect(JSON.stringify(jsonSchema(schema, "draft-04"))).not.to.include("example");
  });

  it("turns numbers into text wherever a schema has it, and no others", () => {
    const schema = z.object({
      id: int64().describe("The order."),
      maybe: int64().optional(),
      none: int64().nullable(),
      list: z.array(z.object({ id: int64() })),
      pair: z.tuple([int64(), z.number()]),
      byName: z.record(z.string(), int64()),
      either: z.union([z.object({ kind: z.literal("a"), id: int64() }), z.object({ kind: z.literal("b"), n: z.number() })]),
      lazy: z.lazy(() => z.object({ id: int64() })),
      n: z.number(),
    });
    const sent = {
      id: 5,
      none: null,
      list: [{ id: 6 }, { id: "7" }],
      pair: [8, 9],
      byName: { x: 10 },
      either: { kind: "a", id: 11 },
      lazy: { id: 9007199254740994 },
      n: 12,
      other: 13,
    };
    expect(withInt64(schema, sent)).to.deep.equal({
      id: "5",
      none: null,
      list: [{ id: "6" }, { id: "7" }],
      pair: ["8", 9],
      byName: { x: "10" },
      either: { kind: "a", id: "11" },
      lazy: { id: "9007199254740994" },
      n: 12,
      other: 13,
    });
  });

  it("ends on a union that contains itself", () => {
    const either: z.ZodType = z.union([int64(), z.boolean(), z.lazy(() => either)]);
    expect(withInt64(either, 5)).to.equal("5");
    expect(withInt64(either, true)).to.equal(true);
  });

  it("leaves what is no integer for the schema to refuse", () => {
    expect(withInt64(z.object({ id: int64() }), { id: 1.5 })).to.deep.equal({ id: 1.5 });
    for (const value of [null, "x", 1, [], true]) expect(withInt64(z.object({ id: int64() }), value)).to.deep.equal(value);
  });
});
