import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  dropbox,
  github,
  hmac,
  hubSpot,
  lemonSqueezy,
  mercadoPago,
  meta,
  type PlainSignature,
  paddle,
  sharedSecret,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  svix,
  trello,
  twilio,
  twitch,
  zendesk,
  zoom,
} from "../../../../model/index.ts";
import * as presets from "../../../../model/signature-presets.ts";
import { callOf } from "../../../../runtime/functions/webhook/call.ts";
import { verify } from "../../../../runtime/functions/webhook/verify.ts";
import type { ProxyEvent } from "../../../../runtime/lambda.ts";
import { headers, proxy } from "./support.ts";

/** @param at epoch seconds */
const faultOf = (signature: PlainSignature, key: string, event: Partial<ProxyEvent>, at = 0) =>
  verify(signature, callOf(proxy(event)), [key], at * 1_000).fault;

interface Vector {
  readonly what: string;
  /** Where the vendor publishes it, or how it was made. */
  readonly from: string;
  readonly signature: PlainSignature;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly at?: number;
}

const SLACK_BODY =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2";
const twilioForm = (caller: string) =>
  `To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B${caller}&Digits=1234&From=%2B${caller}`;
const byAlgorithm = (key: string, text: string, encoding: "hex" | "base64") =>
  createHmac("sha256", key).update(text).digest(encoding);

const VECTORS: readonly Vector[] = [
  {
    what: "GitHub",
    from: "docs.github.com, Validating webhook deliveries, Testing the webhook payload validation",
    signature: github({ secret: "s" }),
    key: "It's a Secret to Everybody",
    headers: { "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    body: "Hello, World!",
  },
  {
    what: "Slack",
    from: "docs.slack.dev, Verifying requests from Slack",
    signature: slack({ secret: "s", body: "form" }),
    key: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "X-Slack-Request-Timestamp": "1531420618",
      "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: SLACK_BODY,
    at: 1_531_420_700,
  },
  {
    what: "Standard Webhooks",
    from: "the libraries of standard-webhooks/standard-webhooks, sign test",
    signature: standardWebhooks({ secret: "s" }),
    key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature":
        "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    at: 1_614_265_330,
  },
  {
    what: "Standard Webhooks, a key without whsec_",
    from: "the same",
    signature: standardWebhooks({ secret: "s" }),
    key: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    at: 1_614_265_330,
  },
  {
    what: "Svix",
    from: "docs.svix.com, Verifying webhooks manually",
    signature: svix({ secret: "s" }),
    key: "whsec_plJ3nmyCDGBKInavdOK15jsl",
    headers: {
      "svix-id": "msg_loFOjxBNrRLzqYUf",
      "svix-timestamp": "1731705121",
      "svix-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    },
    body: '{"event_type":"ping","data":{"success":true}}',
    at: 1_731_705_121,
  },
  {
    what: "Twilio",
    from: "twilio.com/docs/usage/security, Validating requests",
    signature: twilio({ secret: "s", url: TWILIO_URL }),
    key: "12345",
    headers: { "X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" },
    body: twilioForm("12349013030"),
  },
  {
    what: "Twilio, its older example",
    from: "the tests of twilio/twilio-node and its helper libraries",
    signature: twilio({ secret: "s", url: TWILIO_URL }),
    key: "12345",
    headers: { "X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
    body: twilioForm("14158675309"),
  },
  {
    what: "Twilio, a JSON body",
    from: "the tests of twilio/twilio-node (validateRequestWithBody)",
    signature: twilio({ secret: "s", body: "json", url: TWILIO_URL }),
    key: "12345",
    headers: { "X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4=" },
    query: { bodySHA256: "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620" },
    body: '{"property": "value", "boolean": true}',
  },
  {
    what: "Stripe",
    from: "made with stripe-node 23.1.0, webhooks.generateTestHeaderString: Stripe publishes no vector with its key",
    signature: stripe({ secret: "s" }),
    key: "whsec_test_secret",
    headers: {
      "Stripe-Signature": "t=1530000000,v1=5d3abbc3c0c7bb1ca380f2672fb968ba3826e90af488f0c6b00ab8706da2da5d",
    },
    body: '{"id":"evt_test_webhook","object":"event"}',
    at: 1_530_000_000,
  },
  {
    what: "Shopify",
    from: "the algorithm of shopify.dev, for Shopify publishes no vector with its key",
    signature: shopify({ secret: "s" }),
    key: "hush",
    headers: { "X-Shopify-Hmac-SHA256": byAlgorithm("hush", '{"id":1}', "base64") },
    body: '{"id":1}',
  },
  {
    what: "Mercado Pago, milliseconds",
    from: "the manifest of its documentation (Notifications, Webhooks), which gives no key: the signature is the algorithm's",
    signature: mercadoPago({ secret: "s" }),
    key: "mp-secret",
    headers: {
      "x-signature": `ts=1742505638683,v1=${byAlgorithm("mp-secret", "id:123456;request-id:bb56a2f1-6aae-46ac-982e-9dcd3581d08e;ts:1742505638683;", "hex")}`,
      "x-request-id": "bb56a2f1-6aae-46ac-982e-9dcd3581d08e",
    },
    query: { "data.id": "123456", type: "payment" },
    body: '{"action":"payment.updated","data":{"id":"123456"}}',
    at: 1_742_505_700,
  },
  {
    what: "Mercado Pago, seconds, letters in the id and no x-request-id",
    from: "the rules of the same page: letters are signed in lower case, and what is absent is left out",
    signature: mercadoPago({ secret: "s" }),
    key: "mp-secret",
    headers: { "x-signature": `ts=1704908010,v1=${byAlgorithm("mp-secret", "id:ord01jq4s;ts:1704908010;", "hex")}` },
    query: { "data.id": "ORD01JQ4S" },
    body: '{"data":{"id":"ORD01JQ4S"}}',
    at: 1_704_908_010,
  },
  {
    what: "Meta",
    from: "the algorithm of developers.facebook.com, Webhooks, Validating payloads; it publishes no vector",
    signature: meta({ secret: "s" }),
    key: "app-secret",
    headers: { "X-Hub-Signature-256": `sha256=${byAlgorithm("app-secret", '{"entry":[]}', "hex")}` },
    body: '{"entry":[]}',
  },
  {
    what: "Lemon Squeezy",
    from: "the algorithm of docs.lemonsqueezy.com, Signing requests; it publishes no vector",
    signature: lemonSqueezy({ secret: "s" }),
    key: "lemon-secret",
    headers: { "X-Signature": byAlgorithm("lemon-secret", '{"meta":{"event_name":"order_created"}}', "hex") },
    body: '{"meta":{"event_name":"order_created"}}',
  },
  {
    what: "Paddle, while its key rotates",
    from: "made by the algorithm of developer.paddle.com and accepted by paddle-node-sdk 3.10.0; Paddle publishes no vector with its key",
    signature: paddle({ secret: "s" }),
    key: "pdl_ntfset_test",
    headers: {
      "Paddle-Signature":
        "ts=1671552777;h1=0000000000000000000000000000000000000000000000000000000000000000;h1=001caa20d0dc58419237f1b08287d2b11e99ec6d3533d553555548bf32214fa1",
    },
    body: '{"event_id":"evt_01","event_type":"transaction.completed"}',
    at: 1_671_552_780,
  },
  {
    what: "Zoom",
    from: "the algorithm of developers.zoom.us, Verify webhook events; it publishes no vector with its key",
    signature: zoom({ secret: "s" }),
    key: "zoom-secret",
    headers: {
      "x-zm-request-timestamp": "1739923528",
      "x-zm-signature": `v0=${byAlgorithm("zoom-secret", 'v0:1739923528:{"event":"meeting.started","event_ts":1739923528325}', "hex")}`,
    },
    body: '{"event":"meeting.started","event_ts":1739923528325}',
    at: 1_739_923_600,
  },
  {
    what: "Twitch, with nanoseconds",
    from: "the algorithm of dev.twitch.tv, Verifying the event message; it publishes no vector with its key",
    signature: twitch({ secret: "s" }),
    key: "s3cRe7s3cRe7",
    headers: {
      "Twitch-Eventsub-Message-Id": "e76c6bd4-55c9-4987-8304-da1588d8988b",
      "Twitch-Eventsub-Message-Timestamp": "2019-11-16T10:11:12.634234626Z",
      "Twitch-Eventsub-Message-Signature": `sha256=${byAlgorithm("s3cRe7s3cRe7", 'e76c6bd4-55c9-4987-8304-da1588d8988b2019-11-16T10:11:12.634234626Z{"event":{}}', "hex")}`,
    },
    body: '{"event":{}}',
    at: Date.parse("2019-11-16T10:20:00Z") / 1_000,
  },
  {
    what: "Zendesk",
    from: "the algorithm of developer.zendesk.com, Verifying webhooks, with its secret for tests",
    signature: zendesk({ secret: "s" }),
    key: "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
    headers: {
      "X-Zendesk-Webhook-Signature-Timestamp": "2021-03-25T05:09:27Z",
      "X-Zendesk-Webhook-Signature": byAlgorithm(
        "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
        '2021-03-25T05:09:27Z{"ticket":1}',
        "base64",
      ),
    },
    body: '{"ticket":1}',
    at: Date.parse("2021-03-25T05:10:00Z") / 1_000,
  },
  {
    what: "HubSpot, with a query",
    from: "the algorithm of developers.hubspot.com, Validate the v3 request signature; it publishes no vector with its key",
    signature: hubSpot({ secret: "s" }),
    key: "hub-secret",
    headers: {
      "X-HubSpot-Request-Timestamp": "1583532000123",
      "X-HubSpot-Signature-v3": byAlgorithm(
        "hub-secret",
        'POSThttps://api.example.com/v1/hooks/x?portal=a%20b[{"eventId":1}]1583532000123',
        "base64",
      ),
    },
    body: '[{"eventId":1}]',
    query: { portal: "a b" },
    at: 1_583_532_100,
  },
  {
    what: "Dropbox",
    from: "the algorithm of dropbox.com/developers/reference/webhooks; it publishes no vector",
    signature: dropbox({ secret: "s" }),
    key: "app-secret",
    headers: { "X-Dropbox-Signature": byAlgorithm("app-secret", '{"list_folder":{"accounts":["dbid:1"]}}', "hex") },
    body: '{"list_folder":{"accounts":["dbid:1"]}}',
  },
  {
    what: "Trello",
    from: "the algorithm of developer.atlassian.com, Trello, Webhook Signatures; it publishes no vector",
    signature: trello({ secret: "s", url: "https://mycallback.com/trelloCallbacks/?memberID=14&mainModel=true" }),
    key: "oauth-secret",
    headers: {
      "X-Trello-Webhook": createHmac("sha1", "oauth-secret")
        .update('{"action":{"id":"1"}}https://mycallback.com/trelloCallbacks/?memberID=14&mainModel=true')
        .digest("base64"),
    },
    body: '{"action":{"id":"1"}}',
  },
  {
    what: "HMAC, t=,v1= under any header",
    from: "Stripe's vector above",
    signature: hmac({
      secret: "s",
      header: "X-Parcel-Signature",
      layout: { separator: ",", timestamp: "t=", signature: "v1=" },
    }),
    key: "whsec_test_secret",
    headers: {
      "X-Parcel-Signature": "t=1530000000,v1=5d3abbc3c0c7bb1ca380f2672fb968ba3826e90af488f0c6b00ab8706da2da5d",
    },
    body: '{"id":"evt_test_webhook","object":"event"}',
    at: 1_530_000_000,
  },
  {
    what: "HMAC, ts=;h1= under any header",
    from: "Paddle's vector above",
    signature: hmac({
      secret: "s",
      header: "X-Parcel-Signature",
      layout: { separator: ";", timestamp: "ts=", signature: "h1=" },
      signed: "{timestamp}:{body}",
    }),
    key: "pdl_ntfset_test",
    headers: { "X-Parcel-Signature": "ts=1671552777;h1=001caa20d0dc58419237f1b08287d2b11e99ec6d3533d553555548bf32214fa1" },
    body: '{"event_id":"evt_01","event_type":"transaction.completed"}',
    at: 1_671_552_780,
  },
  {
    what: "HMAC",
    from: "RFC 4231, test case 2",
    signature: hmac({ secret: "s", header: "X-Mac" }),
    key: "Jefe",
    headers: { "x-mac": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    body: "what do ya want for nothing?",
  },
  {
    what: "HMAC-SHA512",
    from: "RFC 4231, test case 2",
    signature: hmac({ secret: "s", header: "X-Mac", algorithm: "sha512" }),
    key: "Jefe",
    headers: {
      "x-mac":
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    },
    body: "what do ya want for nothing?",
  },
  {
    what: "HMAC-SHA1 in base64",
    from: "RFC 2202, test case 2",
    signature: hmac({ secret: "s", header: "X-Mac", algorithm: "sha1", encoding: "base64", prefix: "sha1 " }),
    key: "Jefe",
    headers: { "x-mac": `sha1 ${Buffer.from("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "hex").toString("base64")}` },
    body: "what do ya want for nothing?",
  },
  {
    what: "a shared secret",
    from: "GitLab's X-Gitlab-Token",
    signature: sharedSecret({ secret: "s", header: "X-Gitlab-Token" }),
    key: "t0ken",
    headers: { "X-Gitlab-Token": "t0ken" },
    body: "{}",
  },
];

describe("webhook / vectors", () => {
  it("has one for each preset", () => {
    const tested = new Set(VECTORS.map(({ signature }) => signature.scheme));
    const missing = Object.entries(presets).filter(([, preset]) => !tested.has(preset({ secret: "s" }).scheme));
    expect(missing.map(([name]) => name)).to.deep.equal([]);
  });
  for (const { what, from, signature, key, headers: sent, body, query = null, at } of VECTORS) {
    const call = { ...headers(sent), body, queryStringParameters: query };
    it(`${what}: ${from}`, () => {
      expect(faultOf(signature, key, call, at)).to.equal(undefined);
    });
    it(`${what}: not with another key, nor in base64 a byte off`, () => {
      expect(
        faultOf(
          signature,
          key.replace(/.$/, (last) => (last === "w" ? "x" : "w")),
          call,
          at,
        ),
      ).to.be.a("string");
      const bytes = Buffer.from(body);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      const altered = { ...call, body: bytes.toString("base64"), isBase64Encoded: true };
      if (signature.kind !== "shared-secret") expect(faultOf(signature, key, altered, at)).to.be.a("string");
      expect(
        faultOf(signature, key, { ...call, body: Buffer.from(body).toString("base64"), isBase64Encoded: true }, at),
      ).to.equal(undefined);
    });
  }
});

describe("webhook / Twilio's URL", () => {
  const sign = (url: string, fields = "") =>
    createHmac("sha1", "k")
      .update(url + fields)
      .digest("base64");
  const signed = (url: string) => headers({ "x-twilio-signature": sign(url, "AxByBz") });
  const body = "B=z&A=x&B=y";

  it("is the one that was called where none is declared, with or without the port", () => {
    const plain = twilio({ secret: "s" });
    for (const url of ["https://api.example.com/v1/hooks/x", "https://api.example.com:443/v1/hooks/x"])
      expect(faultOf(plain, "k", { ...signed(url), body })).to.equal(undefined);
    expect(faultOf(plain, "k", { ...signed("https://other.example.com/v1/hooks/x"), body })).to.be.a("string");
    const query = { multiValueQueryStringParameters: { a: ["1", "é b"], z: [""] } };
    const url = "https://api.example.com/v1/hooks/x?a=1&a=%C3%A9%20b&z=";
    expect(faultOf(plain, "k", { ...signed(url), body, ...query })).to.equal(undefined);
    expect(faultOf(plain, "k", { ...signed(url), body })).to.be.a("string");
  });

  it("has to hold the hash of a JSON body: without it the body would not be signed", () => {
    const json = twilio({ secret: "s", body: "json" });
    const call = { ...headers({ "x-twilio-signature": sign("https://api.example.com/v1/hooks/x") }), body: "{}" };
    expect(faultOf(json, "k", call)).to.match(/bodySHA256/);
  });
});
