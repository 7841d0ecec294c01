import { expect } from "chai";
import { describe, it } from "mocha";
import { preferredWait } from "../../../runtime/http/prefer.ts";
import type { ProxyEvent } from "../../../runtime/lambda.ts";

const waitOf = (...values: readonly string[]) =>
  preferredWait({
    headers: null,
    multiValueHeaders: { pReFeR: values },
    pathParameters: null,
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { requestId: "gw-7", domainName: "d", stage: "s" },
  } satisfies ProxyEvent);

// https://www.rfc-editor.org/rfc/rfc7240.html#section-2
describe("http / Prefer: wait", () => {
  it("is read among other preferences, in any spelling that the RFC allows", () => {
    for (const value of [
      "wait=10",
      "WAIT = 10",
      'wait="10"',
      "respond-async, wait=10",
      "wait=10; foo; bar=1",
      'handling=lenient; note="a, wait=3", wait=10',
      "wait=10, wait=3",
    ])
      expect(waitOf(value), value).to.equal(10);
    expect(waitOf("respond-async", "wait=10")).to.equal(10);
    expect(waitOf("wait=0")).to.equal(0);
  });

  it("is cut to 20 seconds", () => {
    expect(["wait=20", "wait=21", "wait=999999999"].map((value) => waitOf(value))).to.deep.equal([20, 20, 20]);
  });

  it("is ignored where it is malformed or absent", () => {
    for (const value of [
      "",
      "wait",
      "wait=",
      'wait=""',
      "wait=-1",
      "wait=1.5",
      "wait=10s",
      "wait=10 20",
      "waits=10",
      'x="wait=10',
      "wait=9999999999",
    ])
      expect(waitOf(value), value).to.equal(undefined);
    expect(waitOf()).to.equal(undefined);
  });
});
