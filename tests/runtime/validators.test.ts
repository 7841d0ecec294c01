import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { faultsOf } from "../../runtime/validators.ts";

describe("validation in the functions", () => {
  const faults: readonly (readonly [schema: z.ZodType, value: unknown, text: string])[] = [
    [z.string(), 7, "must be string"],
    [z.int(), "7", "must be integer"],
    [z.int(), 7.5, "must be integer"],
    [z.number(), Number.POSITIVE_INFINITY, "must be number"],
    [z.record(z.string(), z.string()), [], "must be object"],
    [z.string(), undefined, "is required"],
    [z.union([z.string(), z.number()]), undefined, "is required"],
    [z.union([z.string(), z.number()]), true, "must match one of its alternatives"],
    [z.literal("a"), "secret", 'must be "a"'],
    [z.enum(["a", "b"]), "secret", 'must be one of "a", "b"'],
    [z.email(), "secret", "must be a valid email"],
    [z.string().regex(/^[A-Z]$/i), "secret", "must match pattern /^[A-Z]$/i"],
    [z.string().startsWith("a"), "secret", 'must start with "a"'],
    [z.string().endsWith("a"), "secret", 'must end with "a"'],
    [z.string().includes("a"), "secret", 'must include "a"'],
    [z.string().min(7), "secret", "must have at least 7 characters"],
    [z.string().length(7), "secret", "must have exactly 7 characters"],
    [z.array(z.string()).max(1), ["secret", "x"], "must have at most 1 items"],
    [z.number().gt(7), 7, "must be > 7"],
    [z.number().max(7), 8, "must be <= 7"],
    [z.number().multipleOf(0.01), 0.005, "must be a multiple of 0.01"],
    [z.strictObject({}), { b: "secret" }, "must not have the fields b"],
    [z.string("must be the code on the label"), 7, "must be the code on the label"],
  ];
  for (const [schema, value, text] of faults) {
    it(`says "${text}" and not the value`, () => {
      expect(faultsOf(z.object({ a: schema }), { a: value })).to.equal(`/a ${text}`);
    });
  }

  it("names a wrong key of a record", () => {
    expect(faultsOf(z.record(z.enum(["a", "b"]), z.number()), { a: 1, b: 2, c: 3 })).to.equal("/ must not have the fields c");
    expect(faultsOf(z.record(z.email(), z.number()), { c: 3 })).to.equal("/c must not be a field: its name is not allowed");
  });

  it("lists ten faults, with pointers as RFC 6901 writes them", () => {
    const data = { "a/b~": Array.from({ length: 12 }, () => 0) };
    const text = faultsOf(z.object({ "a/b~": z.array(z.string()) }), data) ?? "";
    expect(text).to.match(/^\/a~1b~0\/0 must be string; /);
    expect(text).to.match(/\/a~1b~0\/9 must be string; and 2 more$/);
  });

  it("cuts what a caller makes long", () => {
    const long = "x".repeat(100_000);
    expect(faultsOf(z.record(z.email(), z.number()), { [long]: 1 })?.length).to.be.below(500);
    expect(faultsOf(z.strictObject({}), { [long]: 1 })?.length).to.be.below(500);
  });

  it("fills in defaults in place, also in unions, lists and nullable objects, and keeps undeclared fields", () => {
    const item = z.object({ kind: z.string().default("k") });
    const schema = z.object({ either: z.union([z.string(), item]), list: z.array(item), maybe: item.nullable() });
    const data = { either: {}, list: [{ more: 1 }, { kind: "x" }], maybe: {}, more: { kind: 1 } };
    expect(faultsOf(schema, data)).to.equal(undefined);
    expect(data).to.deep.equal({
      either: { kind: "k" },
      list: [{ kind: "k", more: 1 }, { kind: "x" }],
      maybe: { kind: "k" },
      more: { kind: 1 },
    });
  });

  it("gives a URL as zod gives it, without the spaces around it, wherever it stands", () => {
    const data = {
      one: " https://a.example.com/x ",
      more: ["\thttps://b.example.com"],
      by: { a: "https://c.example.com\n" },
      text: " t ",
    };
    const schema = z.object({ one: z.url(), more: z.array(z.httpUrl()), by: z.record(z.string(), z.url()), text: z.string() });
    const parsed = schema.parse(structuredClone(data));
    expect(faultsOf(schema, data)).to.equal(undefined);
    expect(data).to.deep.equal(parsed);
    expect(data).to.deep.equal({
      ...{ one: "https://a.example.com/x", more: ["https://b.example.com"], by: { a: "https://c.example.com" }, text: " t " },
    });
  });

  it("gives each its own default", () => {
    const schema = z.object({ tags: z.array(z.array(z.string())).default([[]]) });
    const [first, second]: { tags?: string[][] }[] = [{}, {}];
    for (const data of [first, second]) faultsOf(schema, data);
    first?.tags?.[0]?.push("mine");
    expect(second?.tags).to.deep.equal([[]]);
  });

  it("refuses a key __proto__ at any depth, which zod passes over, and keeps every other name", () => {
    const schema = z.object({ a: z.record(z.string(), z.string()) });
    const text = '{"a":{"__proto__":{"admin":true}}}';
    expect(faultsOf(schema, JSON.parse(text))).to.equal("/a/__proto__ must not be a key: no schema holds for it");
    expect(faultsOf(schema, JSON.parse('{"a":{},"b":[{"__proto__":1}]}'))).to.match(/^\/b\/0\/__proto__ must not be a key/);
    const data = JSON.parse('{"a":{"constructor":"x","toString":"y"},"constructor":{"prototype":{"admin":true}}}') as object;
    expect(faultsOf(schema, data)).to.equal(undefined);
    expect(JSON.stringify(data)).to.include('"constructor":{"prototype":{"admin":true}}');
    expect(({} as Record<string, unknown>).admin).to.equal(undefined);
  });

  it("reports what zod throws at", () => {
    const schema = z.intersection(z.object({ a: z.string().default("x") }), z.object({ a: z.string().default("y") }));
    expect(faultsOf(schema, {})).to.match(/^\/ can't be validated/);
  });
});
