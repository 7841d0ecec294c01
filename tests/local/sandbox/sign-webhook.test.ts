import { expect } from "chai";
import { describe, it } from "mocha";
import { signWebhook } from "../../../local/sandbox/sign-webhook.ts";
import { hmac, type Signature, sharedSecret, slack, standardWebhooks, twilio } from "../../../model/index.ts";
import * as presets from "../../../model/signature-presets.ts";
import { callOf } from "../../../runtime/functions/webhook/call.ts";
import { verify } from "../../../runtime/functions/webhook/verify.ts";

const secret = "s";
const KEY = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const TIME = Date.parse("2026-11-24T10:00:00Z");
const SIGNATURES: readonly Signature[] = [
  ...Object.values(presets).map((preset) => preset({ secret })),
  slack({ secret, body: "form" }),
  slack({ secret, body: "form-payload" }),
  twilio({ secret, body: "json" }),
  twilio({ secret, url: "https://hub.example.com/twilio?tenant=1" }),
  twilio({ secret, url: "https://hub.example.com/twilio?tenant=1", body: "json" }),
  hmac({ secret, header: "x-mac", algorithm: "sha512", encoding: "base64", prefix: "sha512 ", key: "base64" }),
  hmac({
    secret,
    header: "x-mac",
    timestampHeader: "x-time",
    signed: "{header:x-id}|{timestamp}|{body}",
    deliveryId: ["header:x-id"],
  }),
  sharedSecret({ secret, header: "authorization", prefix: "Bearer " }),
];

describe("sandbox / signed webhooks", () => {
  for (const signature of SIGNATURES) {
    it(`${signature.scheme} (${signature.body}, ${signature.header}): the ingress function accepts the call`, () => {
      const json = JSON.stringify({ id: "evt_é", data: { id: "P-1" }, Body: "hi & bye", A: ["2", "1"], AB: "x" });
      const url = "http://127.0.0.1:4510/hooks/x";
      const call = signWebhook(signature, json, { url, key: KEY, headers: {}, time: TIME });
      const { host, pathname, searchParams } = new URL(call.url);
      const event = {
        headers: { ...call.headers, "x-forwarded-proto": "http" },
        pathParameters: null,
        queryStringParameters: Object.fromEntries(searchParams),
        body: call.body,
        isBase64Encoded: false,
        requestContext: { requestId: "r", domainName: host, stage: "v1", path: pathname },
      };
      expect(verify(signature, callOf(event), [KEY], TIME).fault).to.equal(undefined);
      expect(verify(signature, callOf(event), [`${KEY.slice(0, -4)}AAAA`], TIME).fault).to.be.a("string");
    });
  }

  it("carries the requested id, so that a delivery can be repeated", () => {
    const { headers } = signWebhook(standardWebhooks({ secret }), "{}", {
      url: "http://127.0.0.1/x",
      key: KEY,
      headers: { "webhook-id": "msg_7" },
      time: TIME,
    });
    expect(headers["webhook-id"]).to.equal("msg_7");
  });
});
