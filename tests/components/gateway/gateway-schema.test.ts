import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { gatewaySchema } from "../../../components/gateway/gateway-schema.ts";
import { bodyValidators } from "../../../emulator/apigateway/model.ts";
import { checkAgreement } from "../../model/schemas/agree.ts";

const validate = (schema: z.ZodType) => {
  const check = bodyValidators({})(gatewaySchema(schema), "the model");
  return (body: string) => check(body)?.validation;
};
const field = (schema: z.ZodType) => {
  const check = validate(z.object({ v: schema }));
  return (json: string) => check(`{"v":${json}}`);
};

describe("gateway / models", () => {
  it("refuse nothing that zod accepts, over generated schemas and values", function () {
    this.timeout(300_000);
    const { accepted, refused, refusedAtTheGateway } = checkAgreement({ schemas: 60, values: 12, seed: 26 });
    expect(accepted).to.be.greaterThan(100);
    // A model that accepts everything would agree, too.
    expect(refusedAtTheGateway).to.be.greaterThan(refused * 0.6);
  });

  const taken: readonly (readonly [name: string, schema: z.ZodType, ...json: string[]])[] = [
    ["money", z.number().multipleOf(0.01), "19.99", "0.07", "1.13", "4.35"],
    ["another step", z.number().multipleOf(0.05), "0.15", "1.45"],
    ["a pattern with flag i", z.string().regex(/^[a-z]{2}\d+$/i), '"AB12"'],
    ["a pattern with flag s", z.string().regex(/^a.b$/s), '"a\\nb"'],
    ["a pattern with flag m", z.string().regex(/^b$/m), '"a\\nb"'],
    ["a pattern that flag u refuses", z.string().regex(/^[\w-.]+@[\w-.]+$/), '"a-b@c.d"'],
    ["URLs as WHATWG has them", z.url(), '"https://exämple.com/ä b"', '"mailto:a@b"'],
    ["durations with a fraction", z.iso.duration(), '"PT0.5S"'],
    ["an integer with a fraction of zero", z.int(), "1.0", "1e2"],
    ["a character of two units as one", z.string().max(1), '"😀"'],
    ["an address of IPv4 in IPv6", z.ipv6(), '"::ffff:10.0.0.1"'],
    ["key patterns", z.record(z.string().regex(/^x\d$/i), z.number()), '{"X1":1}'],
    ["a loose record's other keys", z.looseRecord(z.string().regex(/^x/), z.number()), '{"y":"1"}'],
  ];
  for (const [name, schema, ...values] of taken) {
    it(`take ${name}`, () => {
      for (const json of values) {
        expect(schema.safeParse(JSON.parse(json)).success, json).to.equal(true);
        expect(field(schema)(json), json).to.equal(undefined);
      }
    });
  }

  it("refuse a number beyond all doubles, which the functions would read as Infinity", () => {
    expect(validate(z.object({ n: z.number() }))('{"n":1e400}')).to.match(/greater than the required maximum/);
    for (const schema of [z.number(), z.number().min(0), z.number().nullable(), z.union([z.string(), z.number()])])
      expect(field(schema)("1e400")).to.be.a("string");
  });

  it("still refuse what they can express", () => {
    expect(field(z.string().regex(/^[A-Z]{2}$/))('"AB1"')).to.match(/ECMA 262 regex/);
    expect(field(z.int())("1.5")).to.be.a("string");
    expect(field(z.string().min(3))('"a"')).to.match(/too short/);
    expect(field(z.array(z.string()))("[1]")).to.match(/instance type/);
    expect(field(z.strictObject({}))('{"a":1}')).to.match(/not allowed by the schema/);
    expect(field(z.record(z.enum(["a", "b"]), z.number()))('{"a":1,"b":2,"c":3}')).to.match(/not allowed by the schema/);
    expect(field(z.partialRecord(z.literal("a"), z.number()))('{"b":1}')).to.match(/not allowed by the schema/);
    expect(field(z.email())('"nope"')).to.match(/ECMA 262 regex/);
  });

  it("have no metadata and no keyword that AWS does not enforce", () => {
    const schema = z.object({
      list: z.array(z.url().describe("A link.")).min(1).max(2),
      paid: z.object({ cents: z.int32() }).meta({ id: "Paid" }),
    });
    expect(gatewaySchema(schema)).to.deep.equal({
      type: "object",
      properties: {
        list: { type: "array", items: { type: "string" } },
        paid: {
          type: "object",
          properties: { cents: { type: "number", minimum: -2147483648, maximum: 2147483647, multipleOf: 1 } },
          required: ["cents"],
        },
      },
      required: ["list", "paid"],
    });
  });
});
