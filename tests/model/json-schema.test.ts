import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { jsonSchema } from "../../model/index.ts";

describe("jsonSchema", () => {
  it("writes draft-04's exclusive bounds as API Gateway reads them", () => {
    const schema = jsonSchema(z.object({ n: z.number().gt(0) }), "draft-04");
    expect(schema).to.deep.include({ type: "object", required: ["n"] });
    expect(schema.properties).to.deep.equal({ n: { type: "number", minimum: 0, exclusiveMinimum: true } });
  });

  it("makes a property with a default optional and allows unknown properties", () => {
    const schema = jsonSchema(z.object({ currency: z.string().default("EUR") }));
    expect(schema.required).to.equal(undefined);
    expect(schema.additionalProperties).to.equal(undefined);
    expect(schema.properties).to.deep.equal({ currency: { type: "string", default: "EUR" } });
  });

  it("names the property with an inexpressible rule", () => {
    const schema = z.object({ a: z.object({ b: z.string().refine(Boolean) }) });
    expect(() => jsonSchema(schema)).to.throw(TypeError, "a.b has a refinement (.refine)");
  });
});
