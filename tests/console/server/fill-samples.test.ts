import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { filled } from "../../../console/server/fill-samples.ts";
import { sampleOf } from "../../../local/schema-sample.ts";
import { jsonSchema } from "../../../model/index.ts";

const inputOf = (data: unknown, masked: readonly string[]) => ({
  ...{ requestId: "r-1", correlationId: "c", flow: "f", trigger: "t", name: "Placed", version: 1 },
  data,
  masked,
});
const fill = (schema: z.ZodType, data: unknown, masked: readonly string[]) => {
  const { input, unfit } = filled(
    { input: inputOf(data, masked), schema: jsonSchema(schema) as Record<string, unknown> },
    sampleOf,
  );
  return { data: input.data, sampled: input.sampled, unfit };
};

describe("console / sample values of masked places", () => {
  it("leaves *** where the schema takes any text, and fills in what it does not take, in its place alone", () => {
    const schema = z.object({
      note: z.string(),
      people: z.array(z.object({ email: z.email(), born: z.iso.date(), "a/b": z.int(), home: z.object({ street: z.string() }) })),
    });
    const masked = ["/note", "/people/1/email", "/people/1/born", "/people/1/a~1b", "/people/1/home"];
    const person = { email: "ana@example.pt", born: "1990-01-01", "a/b": 1, home: { street: "Rua" } };
    const hidden = { email: "***", born: "***", "a/b": "***", home: "***" };
    const { data, sampled, unfit } = fill(schema, { note: "***", people: [person, hidden] }, masked);
    expect([sampled, unfit]).to.deep.equal([masked.slice(1), []]);
    expect(schema.parse(data)).to.deep.equal(data);
    const { note, people } = data as z.infer<typeof schema>;
    expect([note, people[0]]).to.deep.equal(["***", person]);
  });

  it("takes a value of a choice, of a shared definition, of one branch of several, and of a pattern", () => {
    const contact = z.object({ phone: z.string().min(9) }).meta({ id: "Contact" });
    const schema = z.object({
      kind: z.enum(["card", "iban"]),
      a: contact,
      b: contact,
      id: z.union([z.int(), z.uuid()]),
      vat: z.string().regex(/^PT\d{9}$/),
    });
    const data = { kind: "***", a: { phone: "***" }, b: { phone: "***" }, id: "***", vat: "***" };
    const found = fill(schema, data, ["/kind", "/a/phone", "/b/phone", "/id", "/vat"]);
    expect(found.unfit).to.deep.equal([]);
    expect(schema.safeParse(found.data).success).to.equal(true);
  });

  it("names what has no sample, and keeps it masked", () => {
    const schema = z.object({ vat: z.string().regex(/^(?!\*)PT(\d)\1{8}$/), other: z.int() });
    const { data, sampled, unfit } = fill(schema, { vat: "***", other: "wrong" }, ["/vat"]);
    expect([data, sampled]).to.deep.equal([{ vat: "***", other: "wrong" }, []]);
    expect(unfit).to.have.length(1);
    expect(unfit[0]).to.match(/^\/vat must match pattern/);
  });

  it("changes nothing where no schema is declared, or nothing is masked", () => {
    const input = inputOf({ email: "***" }, ["/email"]);
    expect(filled({ input, schema: null }, sampleOf)).to.deep.equal({ input: { ...input, sampled: [] }, unfit: [] });
    expect(fill(z.object({ email: z.email() }), { email: "no address" }, [])).to.deep.equal({
      ...{ data: { email: "no address" }, sampled: [], unfit: [] },
    });
  });
});
