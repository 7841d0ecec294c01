import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { defaultProvider } from "../../../runtime/aws/environment-credentials.ts";

const NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

describe("aws / credentials of the environment", () => {
  let before: readonly (string | undefined)[];
  const set = (values: readonly (string | undefined)[]) =>
    NAMES.forEach((name, i) => {
      const value = values[i];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  beforeEach(() => {
    before = NAMES.map((name) => process.env[name]);
  });
  afterEach(() => set(before));

  it("are those of the function's role, read at each call", async () => {
    set(["id", "secret", "token"]);
    const provide = defaultProvider();
    expect(await provide()).to.deep.equal({ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" });
    set(["other", "secret", undefined]);
    expect(await provide()).to.deep.equal({ accessKeyId: "other", secretAccessKey: "secret" });
  });

  for (const missing of [0, 1])
    it(`are refused without ${NAMES[missing]}, by name`, async () => {
      set(["id", "secret", "token"].map((value, i) => (i === missing ? undefined : value)));
      const message = await defaultProvider()().then(
        () => "",
        (error: Error) => error.message,
      );
      expect(message).to.include(NAMES[missing]);
      expect(message).not.to.include("token");
    });
});
