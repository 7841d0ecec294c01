import { expect } from "chai";
import { describe, it } from "mocha";
import { bodyValidators } from "../../../emulator/apigateway/model.ts";

const validate = (schema: object) => (body: string) => bodyValidators({})(schema, "the model")(body)?.validation;

describe("API Gateway / models", () => {
  it("do not enforce minItems and maxItems, as AWS documents", () => {
    const check = validate({ type: "array", items: { type: "string" }, minItems: 1, maxItems: 2 });
    for (const body of ["[]", '["a","b","c"]']) expect(check(body), body).to.equal(undefined);
    expect(check("[1]")).to.match(/instance type/);
  });

  it("keep properties that have the names of these keywords", () => {
    const check = validate({ type: "object", properties: { minItems: { type: "string" } }, required: ["maxItems"] });
    expect(check('{"maxItems":1}')).to.equal(undefined);
    expect(check('{"minItems":1,"maxItems":1}')).to.match(/instance type/);
    expect(check("{}")).to.match(/missing required properties/);
  });

  it("name the places of faults, which AWS's messages do not", () => {
    const line = { type: "object", properties: { quantity: { type: "number" } }, required: ["quantity", "sku"] };
    const schema = {
      type: "object",
      properties: { lines: { type: "array", items: line }, "a/b": { type: "string", minLength: 2 } },
    };
    const check = bodyValidators({})(schema, "the model");
    expect(check('{"lines":[{"quantity":1,"sku":2},{"quantity":"1"}],"a/b":"c"}')?.places).to.deep.equal([
      'lines[1]: object has missing required properties (["sku"])',
      'lines[1].quantity: instance type (string) does not match any allowed primitive type (allowed: ["number"])',
      'a/b: string "c" is too short (length: 1, required minimum: 2)',
    ]);
    expect(check("[]")?.places[0]).to.match(/^the body: instance type \(array\)/);
    expect(check(" ")?.places).to.deep.equal(["the body is empty"]);
    expect(check('{"lines":')?.places[0]).to.match(/^the body is not JSON: /);
  });

  it("read patterns without the flag u", () => {
    const check = validate({ type: "string", pattern: "^[\\w-\\.]+@.$" });
    expect(check('"a-b@c"')).to.equal(undefined);
    expect(check('"a b@c"')).to.match(/ECMA 262 regex/);
  });
});
