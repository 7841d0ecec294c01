import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { signWebhook } from "../../../local/sandbox/sign-webhook.ts";
import {
  adyen,
  hmac,
  mailgun,
  type PlainSignature,
  sharedSecret,
  slack,
  standardWebhooks,
  twilio,
} from "../../../model/index.ts";
import * as presets from "../../../model/signature-presets.ts";
import { callOf } from "../../../runtime/functions/webhook/call.ts";
import { verifyByFunction } from "../../../runtime/functions/webhook/function-signature.ts";
import { verify } from "../../../runtime/functions/webhook/verify.ts";

const secret = "s";
const KEY = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const TIME = Date.parse("2026-11-24T10:00:00Z");
const SIGNATURES: readonly PlainSignature[] = [
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
  sharedSecret({ secret, field: "meta.token", prefix: "t-" }),
  sharedSecret({ secret, field: "value.*.clientState" }),
];

describe("sandbox / signed webhooks", () => {
  for (const signature of SIGNATURES) {
    it(`${signature.scheme} (${signature.body}, ${signature.header}): the ingress function accepts the call`, () => {
      const json = JSON.stringify({
        id: "evt_é",
        data: { id: "P-1" },
        Body: "hi & bye",
        A: ["2", "1"],
        AB: "x",
        value: [{}, { id: "1" }],
      });
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

  it("in their body: the functions of Mailgun and Adyen accept the call", async () => {
    const hex = randomBytes(32).toString("hex");
    const items = [
      { NotificationRequestItem: { pspReference: "p", eventCode: "CAPTURE", amount: { value: 5, currency: "EUR" } } },
    ];
    for (const [signature, key, body] of [
      [mailgun({ secret }), KEY, { "event-data": { event: "opened" } }],
      [adyen({ secret }), hex, { live: "false", notificationItems: items }],
    ] as const) {
      const url = "http://127.0.0.1/x";
      const call = signWebhook(signature, JSON.stringify(body), { url, key, headers: {}, time: TIME });
      const verified = (secretKey: string) =>
        verifyByFunction(signature, callOf({ ...proxyEvent, body: call.body }), { keys: [secretKey], certificates, now: TIME });
      expect((await verified(key)).fault, signature.scheme).to.equal(undefined);
      expect((await verified(hex.replace(/^./, "g"))).fault, signature.scheme).to.be.a("string");
    }
  });
  const proxyEvent = {
    headers: {},
    pathParameters: null,
    queryStringParameters: {},
    isBase64Encoded: false,
    requestContext: { requestId: "r", domainName: "h", stage: "v1", path: "/x" },
  };
  const certificates = { faultOf: () => Promise.reject(new Error("no certificate is used")) };

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
