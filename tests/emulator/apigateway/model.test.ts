import { expect } from "chai";
import { describe, it } from "mocha";
import { bodyValidators } from "../../../emulator/apigateway/model.ts";

const validate = (schema: object) => bodyValidators({})(schema, "the model");

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

  it("read patterns without the flag u", () => {
    const check = validate({ type: "string", pattern: "^[\\w-\\.]+@.$" });
    expect(check('"a-b@c"')).to.equal(undefined);
    expect(check('"a b@c"')).to.match(/ECMA 262 regex/);
  });
});
