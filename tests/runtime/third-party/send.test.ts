import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf } from "../../../runtime/errors.ts";
import { send } from "../../../runtime/third-party/send.ts";

const url = "https://shop.example.com/s3cret";

describe("third party / send", () => {
  for (const [what, request] of [
    ["a GET with a body", { method: "GET", url, headers: {}, body: "x" }],
    ["a header with a line break", { method: "POST", url, headers: { "x-key": "s3cret\nx" }, body: "x" }],
    ["a header that is not Latin-1", { method: "POST", url, headers: { "x-key": "s3cret \u20ac" }, body: "x" }],
    ["a URL that is none", { method: "POST", url: "s3cret", headers: {}, body: "x" }],
    ["a port that fetch refuses", { method: "POST", url: "http://127.0.0.1:1/s3cret", headers: {}, body: "x" }],
  ] as const)
    it(`refuses ${what} as INVALID_REQUEST, which is no outage`, async () => {
      const error = await send("shop.get", request, 5_000, new AbortController().signal).then(
        () => expect.fail("it was sent"),
        (thrown: unknown) => thrown,
      );
      expect(failureOf(error)).to.include({ code: "INVALID_REQUEST" });
      expect(failureOf(error).message).to.not.include("s3cret");
    });
});
