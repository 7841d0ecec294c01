import { expect } from "chai";
import { describe, it } from "mocha";
import { signWebhook } from "../../../local/sandbox/sign-webhook.ts";
import { signingSecret } from "../../../local/sandbox/third-parties.ts";
import {
  hmac,
  type PlainSignature,
  type Signature,
  type SignatureOptions,
  sharedSecret,
  slack,
  standardWebhooks,
  twilio,
} from "../../../model/index.ts";
import type { FunctionSignature } from "../../../model/signature.ts";
import * as certificates from "../../../model/signature-certificates.ts";
import * as presets from "../../../model/signature-presets.ts";
import * as schemes from "../../../model/signature-schemes.ts";
import { callOf } from "../../../runtime/functions/webhook/call.ts";
import { certificateCache } from "../../../runtime/functions/webhook/certificates.ts";
import { verifyByFunction } from "../../../runtime/functions/webhook/function-signature.ts";
import { verify } from "../../../runtime/functions/webhook/verify.ts";
import { createLogger } from "../../../runtime/logging/logger.ts";
import { FakeClock } from "../../runtime/fakes/fake-clock.ts";

const secret = "s";
const KEY = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const TIME = Date.parse("2026-11-24T10:00:00Z");
/** A preset that is added is tried here. */
const DECLARED: readonly Signature[] = [presets, schemes, certificates]
  .flatMap((module): unknown[] => Object.values(module))
  .filter((value) => typeof value === "function")
  .map((preset) => (preset as (options: SignatureOptions) => Signature)({ secret }));
const FUNCTIONS = DECLARED.filter((signature): signature is FunctionSignature => signature.kind === "function");
const SIGNATURES: readonly PlainSignature[] = [
  ...DECLARED.filter((signature): signature is PlainSignature => signature.kind !== "function"),
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
    it(`${signature.scheme} (${signature.body}, ${signature.header}): the ingress function accepts the call`, async () => {
      const [{ current = "", signingKey = current }, { current: other = "" }] = await Promise.all([
        signingSecret(signature),
        signingSecret(signature),
      ]);
      const json = JSON.stringify({
        id: "evt_é",
        data: { id: "P-1" },
        Body: "hi & bye",
        A: ["2", "1"],
        AB: "x",
        value: [{}, { id: "1" }],
      });
      const url = "http://127.0.0.1:4510/hooks/x";
      const call = signWebhook(signature, json, { url, key: signingKey, headers: {}, time: TIME });
      const { host, pathname, searchParams } = new URL(call.url);
      const event = {
        headers: { ...call.headers, "x-forwarded-proto": "http" },
        pathParameters: null,
        queryStringParameters: Object.fromEntries(searchParams),
        body: call.body,
        isBase64Encoded: false,
        requestContext: { requestId: "r", domainName: host, stage: "v1", path: pathname },
      };
      expect(verify(signature, callOf(event), [current], TIME).fault).to.equal(undefined);
      expect(verify(signature, callOf(event), [other], TIME).fault).to.be.a("string");
    });
  }

  for (const signature of FUNCTIONS) {
    it(`${signature.scheme} (a function): the ingress function accepts a call by the first secret`, async () => {
      const items = [
        { NotificationRequestItem: { pspReference: "p", eventCode: "CAPTURE", amount: { value: 5, currency: "EUR" } } },
      ];
      const { current = "", signingKey, certificate } = await signingSecret(signature);
      const json = JSON.stringify({ id: "evt_é", notificationItems: items });
      const url = "http://127.0.0.1/x";
      const { headers, body } = signWebhook(signature, json, { url, key: current, signingKey, headers: {}, time: TIME });
      const cache = certificateCache({ clock: new FakeClock(), log });
      const faultOf = async (key: string, sent = body) => {
        const known = { keys: [key], certificates: cache, certificate, now: TIME };
        return (await verifyByFunction(signature, callOf({ ...EVENT, headers, body: sent }), known)).fault;
      };
      expect(await faultOf(current)).to.equal(undefined);
      expect(await faultOf(current.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).to.be.a("string");
    });
  }

  const log = createLogger({ level: "error", functionName: "f" });
  const EVENT = {
    pathParameters: null,
    queryStringParameters: {},
    isBase64Encoded: false,
    requestContext: { requestId: "r", domainName: "h", stage: "v1", path: "/x" },
  };

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
