import { expect } from "chai";
import { describe, it } from "mocha";
import { keysOf, regionOf } from "../../../runtime/aws/lambda-environment.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };

describe("aws / environment of Lambda", () => {
  it("has the keys of the function's role", () => {
    expect(keysOf(KEYS)).to.deep.equal({ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" });
    expect(keysOf({ ...KEYS, AWS_SESSION_TOKEN: undefined })).to.deep.equal({ accessKeyId: "id", secretAccessKey: "secret" });
  });

  for (const missing of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    it(`is refused without ${missing}, by name`, () => {
      expect(() => keysOf({ ...KEYS, [missing]: undefined }))
        .to.throw(missing)
        .with.property("message")
        .that.does.not.include("token");
    });

  it("has the region, or is refused", () => {
    expect(regionOf({ AWS_REGION: "eu-west-1" })).to.equal("eu-west-1");
    expect(() => regionOf({})).to.throw("AWS_REGION");
  });
});
