import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { checkFlow } from "../../model/check/check-flow.ts";
import { api, event, flow, jsonSchema, step } from "../../model/index.ts";
import { around } from "./schemas/arbitrary.ts";
import { REFUSED } from "./schemas/refused.ts";

const flowWith = (schema: z.ZodType) => {
  const Asked = event("Asked", z.object({ lines: z.array(z.object({ sku: schema })) }));
  return flow("asking", {
    summary: "A flow for tests.",
    owner: "tests",
    source: import.meta.url,
    triggers: { ask: api("POST /asks", { emits: Asked }) },
    steps: { answer: step({ on: Asked, emits: [], handler: () => [] }) },
  });
};

describe("rules of schemas", () => {
  for (const [name, schema, rule] of REFUSED) {
    it(`refuse ${name}, with event, field and remedy`, () => {
      const [problem, ...others] = checkFlow(flowWith(schema));
      expect(others).to.deep.equal([]);
      expect(problem).to.include({ code: "SCHEMA" });
      expect(problem?.where).to.match(/event Asked$/);
      expect(problem?.fact)
        .to.match(/^lines\[\]\.sku/)
        .and.to.match(rule);
      expect(problem?.remedy).to.match(/^(Use|Declare|Give|Leave|Check|Change|Write) /);
    });
  }

  it("refuse them wherever they stand", () => {
    const refused = fc.constantFrom(...REFUSED).chain(([, schema]) => around(schema));
    fc.assert(
      fc.property(refused, (schema) => {
        expect(() => jsonSchema(schema)).to.throw(TypeError, /^field/);
      }),
      { seed: 26, numRuns: 200 },
    );
  });

  it("take a default in a union and in a nullable object, a JWT, and patterns of any kind", () => {
    for (const schema of [
      z.union([z.object({ a: z.string().default("x") }), z.string()]),
      z.object({ a: z.string().default("x") }).nullable(),
      z.jwt(),
      z.string().regex(/^[\w-.]+@[\w-.]+$/i),
      z.record(z.enum(["a", "b"]), z.number()),
    ])
      expect(checkFlow(flowWith(schema))).to.deep.equal([]);
  });
});
