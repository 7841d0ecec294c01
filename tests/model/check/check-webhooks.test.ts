import { expect } from "chai";
import { describe, it } from "mocha";
import {
  checkFlow,
  checkHub,
  type Flow,
  hmac,
  meta,
  type Signature,
  sharedSecret,
  slack,
  stripe,
  twilio,
  webhook,
} from "../../../model/index.ts";
import * as presets from "../../../model/signature-presets.ts";
import { Asked, diamond, triggers } from "../samples.ts";

describe("checkFlow / webhooks", () => {
  const problemsOf = (verify: Signature) =>
    checkFlow({ ...diamond, triggers: { ...triggers, hook: webhook("POST /x", { emits: Asked, verify }) } } as Flow).map(
      ({ code, where }) => `${code} ${where.replace("flow diamond, ", "")}`,
    );
  const secret = "s";
  const sound: readonly Signature[] = [
    ...Object.values(presets).map((preset) => preset({ secret })),
    hmac({ secret, header: "X-Mac" }),
    hmac({ secret, header: "X-Mac", timestampHeader: "X-Time", tolerance: "7 days", deliveryId: ["header:X-Id", "body:a.b"] }),
    hmac({ secret, header: "X-Mac", signed: "{header:x-id}.{body}" }),
    sharedSecret({ secret, header: "x-token" }),
    sharedSecret({ secret, header: "authorization", prefix: "Bearer ", deliveryId: ["body:id"] }),
  ];
  for (const verify of sound)
    it(`finds nothing wrong with ${verify.scheme}, ${verify.header}`, () => expect(problemsOf(verify)).to.deep.equal([]));

  const wrong: readonly (readonly [string, Signature, string])[] = [
    ["a header that HTTP can't carry", hmac({ secret, header: "x mac" }), "WEBHOOK"],
    ["an id without a source", hmac({ secret, header: "x-mac", deliveryId: ["header:"] }), "WEBHOOK"],
    ["identical bodies without an id", hmac({ secret, header: "x-mac", identicalBodies: "distinct" }), "WEBHOOK"],
    ["a body that is not signed", hmac({ secret, header: "x-mac", signed: "{header:x-id}" }), "WEBHOOK"],
    ["a timestamp that is not signed", hmac({ secret, header: "x-mac", timestampHeader: "x-time", signed: "{body}" }), "WEBHOOK"],
    ["a timestamp without a header", hmac({ secret, header: "x-mac", signed: "{timestamp}.{body}" }), "WEBHOOK"],
    ["a tolerance without a timestamp", hmac({ secret, header: "x-mac", tolerance: "1 minute" }), "WEBHOOK"],
    ["an unknown placeholder", hmac({ secret, header: "x-mac", signed: "{body}{query:id}" }), "WEBHOOK"],
    ["a relative URL", twilio({ secret, url: "/hooks/twilio" }), "WEBHOOK"],
    ["a malformed name of a secret", stripe({ secret: "no secret" }), "NAME"],
  ];
  for (const [what, verify, code] of wrong)
    it(`reports ${what}`, () => expect(problemsOf(verify)).to.deep.equal([`${code} trigger hook`]));

  it("reports a tolerance that is out of range", () => {
    expect(problemsOf(slack({ secret, tolerance: "8 days" }))).to.deep.equal(["DURATION trigger hook, tolerance"]);
  });
});

describe("checkHub / webhooks", () => {
  it("reports a handshake's GET that another flow has, too", () => {
    const verify = meta({ secret: "s" });
    const one = { ...diamond, triggers: { hook: webhook("POST /x", { emits: Asked, verify }) } } as Flow;
    const other = { ...diamond, name: "other", triggers: { hook: webhook("PUT /x", { emits: Asked, verify }) } } as Flow;
    expect(checkHub([one, other]).map(({ code, fact }) => [code, fact])).to.deep.equal([
      ["ROUTE", "flow diamond has GET /x already"],
    ]);
  });
});
