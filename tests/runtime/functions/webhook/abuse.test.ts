import { createHmac } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  event,
  github,
  hmac,
  mercadoPago,
  type PlainSignature,
  slack,
  standardWebhooks,
  stripe,
  twilio,
} from "../../../../model/index.ts";
import { callOf } from "../../../../runtime/functions/webhook/call.ts";
import { verify } from "../../../../runtime/functions/webhook/verify.ts";
import { accepted, headers, hook, NOW, proxy } from "./support.ts";

const Notified = event("Notified", z.looseObject({}));
const KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const secret = { current: KEY };
const hex = (text: string | Buffer, key: string | Buffer = KEY) => createHmac("sha256", key).update(text).digest("hex");

/** Each scheme that signs a time, signed for `at`. */
const timed: readonly (readonly [string, PlainSignature, (at: string, body: string) => Record<string, string>])[] = [
  ["Stripe", stripe({ secret: "s" }), (at, body) => ({ "stripe-signature": `t=${at},v1=${hex(`${at}.${body}`)}` })],
  [
    "Slack",
    slack({ secret: "s" }),
    (at, body) => ({ "x-slack-request-timestamp": at, "x-slack-signature": `v0=${hex(`v0:${at}:${body}`)}` }),
  ],
  [
    "Standard Webhooks",
    standardWebhooks({ secret: "s" }),
    (at, body) => ({
      "webhook-id": "m",
      "webhook-timestamp": at,
      "webhook-signature": `v1,${createHmac("sha256", Buffer.from(KEY, "base64")).update(`m.${at}.${body}`).digest("base64")}`,
    }),
  ],
  [
    "HMAC with a timestamp",
    hmac({ secret: "s", header: "x-mac", timestampHeader: "x-time", tolerance: "5 minutes" }),
    (at, body) => ({ "x-time": at, "x-mac": hex(`${at}.${body}`) }),
  ],
];

describe("webhook / time", () => {
  for (const [who, signature, sign] of timed) {
    const status = async (at: string, signedFor = at) => {
      const fixture = hook(signature, Notified, { secret });
      const sent = sign(signedFor, "{}");
      const header = "timestampHeader" in signature && signature.timestampHeader;
      const answer = await fixture.post({ ...headers({ ...sent, ...(header && { [header]: at }) }), body: "{}" });
      return answer.statusCode;
    };
    it(`${who}: late or early by the tolerance is taken, by more it is not`, async () => {
      const taken = signature.answer?.status ?? 202;
      for (const offset of [-300, 0, 300]) expect(await status(String(NOW + offset)), String(offset)).to.equal(taken);
      for (const offset of [-301, 301, -86_400, 86_400]) expect(await status(String(NOW + offset)), String(offset)).to.equal(401);
    });
    it(`${who}: a malformed time is refused, even if it is signed`, async () => {
      for (const at of ["", "-1", "1e9", "NaN", `${NOW}.0`, ` ${NOW}`, "99999999999999", `${NOW},0`])
        expect(await status(at), at).to.equal(401);
    });
  }

  it("takes milliseconds, which have 13 digits", async () => {
    const [, signature, sign] = timed[3] ?? expect.fail();
    const fixture = hook(signature, Notified, { secret });
    accepted(await fixture.post({ ...headers(sign(`${NOW}000`, "{}")), body: "{}" }));
    accepted(await fixture.post({ ...headers(sign(`${NOW - 300}000`, "{}")), body: "{}" }));
    expect((await fixture.post({ ...headers(sign(`${NOW - 301}999`, "{}")), body: "{}" })).statusCode).to.equal(401);
    expect((await fixture.post({ ...headers(sign(`${NOW - 301}000`, "{}")), body: "{}" })).statusCode).to.equal(401);
  });

  it("can't be moved: the timestamp is signed", async () => {
    for (const [who, signature, sign] of timed) {
      const old = sign(String(NOW - 3_600), "{}");
      const moved = Object.fromEntries(
        Object.entries(old).map(([name, value]) => [name, value.replace(String(NOW - 3_600), String(NOW))]),
      );
      expect((await hook(signature, Notified, { secret }).post({ ...headers(moved), body: "{}" })).statusCode, who).to.equal(401);
    }
  });
});

describe("webhook / headers", () => {
  const signature = github({ secret: "s" });
  const good = `sha256=${hex("{}")}`;
  const refused: readonly (readonly [string, Record<string, string[]>])[] = [
    ["missing", {}],
    ["empty", { "x-hub-signature-256": [""] }],
    ["twice", { "x-hub-signature-256": [good, good] }],
    ["twice, in two spellings", { "X-Hub-Signature-256": [good], "x-hub-signature-256": [good] }],
    ["a list", { "x-hub-signature-256": [`${good}, ${good}`] }],
    ["without its prefix", { "x-hub-signature-256": [hex("{}")] }],
    ["with another prefix", { "x-hub-signature-256": [`sha1=${hex("{}")}`] }],
    ["cut", { "x-hub-signature-256": [good.slice(0, -1)] }],
    ["longer", { "x-hub-signature-256": [`${good}0`] }],
    ["not hex", { "x-hub-signature-256": [`sha256=${"g".repeat(64)}`] }],
    ["in base64", { "x-hub-signature-256": [`sha256=${Buffer.from(hex("{}"), "hex").toString("base64")}`] }],
    ["another header's", { "x-hub-signature": [good] }],
    ["very long", { "x-hub-signature-256": [`sha256=${"0".repeat(8_000)}`] }],
  ];
  for (const [what, sent] of refused) {
    it(`a signature that is ${what} is refused`, async () => {
      const fixture = hook(signature, Notified, { secret });
      const single = Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, values.at(-1)]));
      const answer = await fixture.post({ headers: single, multiValueHeaders: sent, body: "{}" });
      expect(answer.statusCode).to.equal(401);
      expect(fixture.bus.entries).to.eql([]);
    });
  }

  it("hex may be in upper case, and is the same delivery", async () => {
    const fixture = hook(signature, Notified, { secret });
    const upper = `sha256=${hex("{}").toUpperCase()}`;
    const signed = (text: string) => headers({ "x-hub-signature-256": text, "x-github-delivery": "d-1" });
    const first = accepted(await fixture.post({ ...signed(upper), body: "{}" }));
    expect(accepted(await fixture.post({ ...signed(good), body: "{}" }))).to.equal(first);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("a signed header that comes twice is refused", async () => {
    const [, standard, sign] = timed[2] ?? expect.fail();
    const sent = sign(String(NOW), "{}");
    for (const name of Object.keys(sent)) {
      const multiValueHeaders = Object.fromEntries(
        Object.entries(sent).map(([key, value]) => [key, key === name ? [value, value] : [value]]),
      );
      const answer = await hook(standard, Notified, { secret }).post({ headers: sent, multiValueHeaders, body: "{}" });
      expect(answer.statusCode, name).to.equal(401);
    }
  });
});

describe("webhook / bodies", () => {
  const signature = hmac({ secret: "s", header: "x-mac" });
  const post = (signed: Buffer, sent: Buffer) =>
    hook(signature, Notified, { secret }).post({
      ...headers({ "x-mac": hex(signed) }),
      body: sent.toString("base64"),
      isBase64Encoded: true,
    });

  it("is refused when it is cut, longer, or re-ordered", async () => {
    const body = Buffer.from('{"a":"1","b":"é"}');
    for (const other of [
      body.subarray(0, -1),
      Buffer.concat([body, Buffer.from(" ")]),
      Buffer.from('{"b":"é","a":"1"}'),
      Buffer.from('{"a":"1","b":"é"}'.normalize("NFD")),
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
      Buffer.alloc(0),
    ])
      expect((await post(body, other)).statusCode).to.equal(401);
    expect((await post(body, body)).statusCode).to.equal(202);
  });

  it("is refused with any one bit changed", async () => {
    const body = Buffer.from('{"amount":1}');
    const keys = [KEY];
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const altered = Buffer.from(body);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const call = callOf(proxy({ ...headers({ "x-mac": hex(body) }), body: altered.toString("base64"), isBase64Encoded: true }));
      expect(verify(signature, call, keys, 0).fault, String(bit)).to.be.a("string");
    }
  });

  it("is 400 when it is signed, and binary or empty: no JSON", async () => {
    for (const body of [Buffer.from([0, 0xff, 0xfe, 0x80]), Buffer.alloc(0)])
      expect((await post(body, body)).statusCode).to.equal(400);
  });

  it("may hold any text, and comes through as it is", async () => {
    const text = "é漢\u{1F600}\u0000\u2028'\"\\ \\ud800";
    const fixture = hook(signature, event("Notified", z.object({ text: z.string() })), { secret });
    const body = JSON.stringify({ text });
    accepted(await fixture.post({ ...headers({ "x-mac": hex(body) }), body }));
    expect(fixture.bus.events[0]?.detail.data).to.eql({ text });
  });

  it("is 400 when it is signed, and no event can carry it", async () => {
    const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    const texts = ["\ud800", "x\udc00", "\ufffe", "\uffff"];
    for (const body of [
      ...texts.map((a) => JSON.stringify({ a })),
      ...texts.map((a) => JSON.stringify({ [a]: 1 })),
      deep(1_001),
    ]) {
      const answer = await post(Buffer.from(body), Buffer.from(body));
      expect(answer.statusCode).to.equal(400);
      expect(answer.body).to.match(/which no event can carry/);
    }
    expect((await post(Buffer.from(deep(20_000)), Buffer.from(deep(20_000)))).statusCode).to.equal(400);
  });

  it("of Mercado Pago has to be about the resource that is signed", async () => {
    const mp = mercadoPago({ secret: "s" });
    const call = (id: string, body: unknown) => ({
      ...headers({ "x-signature": `ts=${NOW},v1=${hex(`id:1;request-id:r;ts:${NOW};`)}`, "x-request-id": "r" }),
      multiValueQueryStringParameters: { "data.id": [id] },
      body: JSON.stringify(body),
    });
    const status = async (id: string, body: unknown) => (await hook(mp, Notified, { secret }).post(call(id, body))).statusCode;
    expect(await status("1", { data: { id: "1" } })).to.equal(200);
    for (const [id, body] of [
      ["1", { data: { id: "2" } }],
      ["2", { data: { id: "2" } }],
      ["1", {}],
      ["1", []],
      ["1", null],
    ] as const)
      expect(await status(id, body), JSON.stringify([id, body])).to.equal(401);
  });
});

describe("webhook / whatever comes", () => {
  const signatures: readonly PlainSignature[] = [
    ...timed.map(([, signature]) => signature),
    github({ secret: "s" }),
    mercadoPago({ secret: "s" }),
    twilio({ secret: "s" }),
    twilio({ secret: "s", body: "json" }),
  ];
  it("is refused without an exception when it is unsigned", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom("t=1,v1=", "v1, v1,", "sha256=", "v0=", `t=${NOW},v1=${"0".repeat(64)}`, "__proto__", "{}", "a=%ZZ"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...signatures), text, text, text, fc.boolean(), (signature, header, other, body, base64) => {
        const names = [
          signature.header,
          "x-slack-request-timestamp",
          "webhook-timestamp",
          "webhook-id",
          "x-time",
          "x-request-id",
        ];
        const call = callOf(
          proxy({
            ...headers(Object.fromEntries(names.map((name, i) => [name, i === 0 ? header : other]))),
            multiValueQueryStringParameters: { "data.id": [other], bodySHA256: [header] },
            body,
            isBase64Encoded: base64,
          }),
        );
        return verify(signature, call, [KEY], NOW * 1_000).fault !== undefined;
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("webhook / secrets", () => {
  it("that can't be a key are an error 500 of the hub's, and no key at all", async () => {
    const [, standard, sign] = timed[2] ?? expect.fail();
    for (const current of ["whsec_", "not base64!", "whsec_abc", ""]) {
      const fixture = hook(standard, Notified, { secret: { current } });
      const empty = createHmac("sha256", "").update(`m.${NOW}.{}`).digest("base64");
      const answer = await fixture.post({
        ...headers({ ...sign(String(NOW), "{}"), "webhook-signature": `v1,${empty}` }),
        body: "{}",
      });
      expect(answer.statusCode, current).to.equal(500);
      expect(fixture.lines.map(({ code }) => code)).to.include("SECRET_INVALID");
    }
  });

  it("are in no log, whatever happens", async () => {
    const previous = "UHJldmlvdXNQcmV2aW91c1ByZXZpb3Vz";
    for (const [, signature, sign] of timed) {
      const fixture = hook(signature, Notified, { secret: { current: KEY, previous } });
      const good = sign(String(NOW), '{"private":"matter"}');
      await fixture.post({ ...headers(good), body: '{"private":"matter"}' });
      await fixture.post({ ...headers(good), body: '{"private":"matter"}' });
      await fixture.post({ ...headers(good), body: '{"private":"lie"}' });
      await fixture.post({ ...headers(sign(String(NOW), "private")), body: "private" });
      fixture.bus.down = true;
      await fixture.post({ ...headers(sign(String(NOW), '{"id":"private"}')), body: '{"id":"private"}' });
      fixture.secrets.set("arn:secret", "{ broken");
      fixture.clock.time += 600_000;
      await fixture.post({ ...headers(good), body: "{}" });
      const log = JSON.stringify(fixture.lines);
      expect(fixture.lines.length).to.be.greaterThan(5);
      for (const text of [KEY, previous, "private", "broken", ...Object.values(good).filter((value) => value.length > 20)])
        expect(log).not.to.include(text);
    }
  });
});
