import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { signWebhook } from "../../../../local/sandbox/sign-webhook.ts";
import {
  adyen,
  discord,
  event,
  mailgun,
  type PlainSignature,
  publicKey,
  sendGrid,
  signature,
  webhook,
} from "../../../../model/index.ts";
import * as certificates from "../../../../model/signature-certificates.ts";
import * as schemes from "../../../../model/signature-schemes.ts";
import { callOf } from "../../../../runtime/functions/webhook/call.ts";
import { verify } from "../../../../runtime/functions/webhook/verify.ts";
import { accepted, headers, hook, hookOf, NOW, proxy } from "./support.ts";

const Any = event("Any", z.looseObject({}));

/** The tests of sendgrid/sendgrid-nodejs, packages/eventwebhook. */
const SENDGRID = {
  key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
  otherKey:
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==",
  signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
  time: "1588788367",
  body: JSON.stringify({ category: "example_payload", event: "test_event", message_id: "message_id" }),
};
const faultOf = (verifier: PlainSignature, keys: readonly string[], sent: Record<string, string>, body: string, at: number) =>
  verify(verifier, callOf(proxy({ ...headers(sent), body })), keys, at * 1_000).fault;

describe("webhook / presets that are no HMAC of the call", () => {
  const declared = Object.entries({ ...schemes, ...certificates }).flatMap(([name, preset]) =>
    typeof preset === "function" ? [{ name, ...preset({ secret: "s" }) }] : [],
  );
  const textOf = (file: string) => readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8");

  it("each have a test by a vector, or by the sender's rules", () => {
    const tests = ["schemes", "certificate-vectors", "handshakes"].map((name) =>
      textOf(`tests/runtime/functions/webhook/${name}.test.ts`),
    );
    const untried = declared.filter(({ name }) => !tests.some((text) => text.includes(`${name}({ secret`)));
    expect(untried.map(({ name }) => name)).to.deep.equal([]);
  });

  it("are one file of the product, unless the sender has a handshake: with vector and row, a preset is three files", () => {
    const product = ["components", "console", "local", "model", "protocol", "runtime", "testing", "tools"];
    const files = product.flatMap((folder) =>
      readdirSync(new URL(`../../../../${folder}`, import.meta.url), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => ({ file: `${folder}/${file}`, text: textOf(`${folder}/${file}`) })),
    );
    const plain = declared.filter(({ handshake }) => handshake === undefined);
    expect(plain.map(({ name }) => name)).to.include.members(["adyen", "mailgun", "payPal", "sendGrid"]);
    for (const { name, scheme } of plain) {
      const naming = files.filter(({ text }) => new RegExp(`\\b${name}\\(|"${scheme}"`).test(text));
      expect(naming, name).to.have.length(1);
    }
  });

  it("name a sender for the sandbox where they are a function", () => {
    const senders = { ...schemes.schemeSenders, ...certificates.certificateSenders };
    const byFunction = declared.filter(({ kind }) => kind === "function");
    expect(Object.keys(senders).sort()).to.deep.equal(byFunction.map(({ scheme }) => scheme).sort());
  });
});

describe("webhook / signatures by a private key", () => {
  it("of SendGrid hold for its published vector, and for nothing else", () => {
    const check = (over: Partial<typeof SENDGRID>, at = 1_588_788_400, keys?: readonly string[]) => {
      const { key, signature: given, time, body } = { ...SENDGRID, ...over };
      const sent = { "X-Twilio-Email-Event-Webhook-Signature": given, "X-Twilio-Email-Event-Webhook-Timestamp": time };
      return faultOf(sendGrid({ secret: "s" }), keys ?? [key], sent, body, at);
    };
    expect(check({})).to.equal(undefined);
    expect(check({}, undefined, [SENDGRID.otherKey, SENDGRID.key])).to.equal(undefined);
    expect(check({ key: SENDGRID.otherKey })).to.be.a("string");
    expect(check({ body: "payload" })).to.be.a("string");
    expect(check({ signature: SENDGRID.signature.replace("H2j", "H3j") })).to.be.a("string");
    for (const time of ["timestamp", "", "1588788368"]) expect(check({ time }), time).to.be.a("string");
    for (const given of ["", "AAAA", "not base64!"]) expect(check({ signature: given }), given).to.be.a("string");
    expect(check({}, 1_588_789_000)).to.equal("the timestamp is too far from now");
  });

  const rfc8032 = {
    // RFC 8032, section 7.1, TEST 3: the message is af82.
    key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  };
  it("by Ed25519 hold for RFC 8032's vector, with the key in hex as Discord shows it", () => {
    const verifier = publicKey({ secret: "s", header: "x-sig", algorithm: "ed25519", encoding: "hex" });
    const call = callOf(
      proxy({
        ...headers({ "x-sig": rfc8032.signature }),
        body: Buffer.from("af82", "hex").toString("base64"),
        isBase64Encoded: true,
      }),
    );
    expect(verify(verifier, call, [rfc8032.key], 0).fault).to.equal(undefined);
    expect(verify(verifier, call, [rfc8032.key.replace("fc", "fd")], 0).fault).to.be.a("string");
  });

  it("of Discord: a signed PING gets 204 and starts nothing, an event 204 and one request", async () => {
    const pair = generateKeyPairSync("ed25519");
    const current = pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
    const fixture = hook(discord({ secret: "s" }), Any, { secret: { current } });
    const post = (value: unknown, key = pair.privateKey) => {
      const body = JSON.stringify(value);
      const mac = sign(null, Buffer.from(`${NOW}${body}`), key).toString("hex");
      return fixture.post({ ...headers({ "X-Signature-Ed25519": mac, "X-Signature-Timestamp": String(NOW) }), body });
    };
    const ping = await post({ version: 1, application_id: "1", type: 0 });
    expect([ping.statusCode, ping.body]).to.deep.equal([204, ""]);
    expect((await post({ type: 0 }, generateKeyPairSync("ed25519").privateKey)).statusCode).to.equal(401);
    const first = accepted(await post({ type: 1, event: { type: "ENTITLEMENT_CREATE" } }), 204);
    expect(accepted(await post({ type: 1, event: { type: "ENTITLEMENT_CREATE" } }), 204)).to.equal(first);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("of each algorithm hold when the sandbox signs", () => {
    for (const [algorithm, pair] of [
      ["ed25519", generateKeyPairSync("ed25519")],
      ["ecdsa", generateKeyPairSync("ec", { namedCurve: "P-256" })],
      ["rsa", generateKeyPairSync("rsa", { modulusLength: 2_048 })],
    ] as const) {
      const verifier = publicKey({ secret: "s", header: "x-sig", algorithm, timestampHeader: "x-time" });
      const key = pair.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
      const call = signWebhook(verifier, '{"a":1}', { url: "http://127.0.0.1/x", key, headers: {}, time: NOW * 1_000 });
      for (const shown of [
        pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
        pair.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
      ])
        expect(faultOf(verifier, [shown], call.headers, call.body, NOW), algorithm).to.equal(undefined);
    }
  });

  it("with a key that is none are an error 500 of the hub's", async () => {
    for (const current of ["nonsense", "00", SENDGRID.key]) {
      const fixture = hook(discord({ secret: "s" }), Any, { secret: { current } });
      const answer = await fixture.post({
        ...headers({ "x-signature-ed25519": "00", "x-signature-timestamp": String(NOW) }),
        body: "{}",
      });
      expect(answer.statusCode, current).to.equal(500);
      expect(fixture.lines.map(({ code }) => code)).to.include("SECRET_INVALID");
      expect(JSON.stringify(fixture.lines)).not.to.include(SENDGRID.key);
    }
  });
});

describe("webhook / signatures in the body", () => {
  it("of Mailgun hold over time and token, and the token is the delivery", async () => {
    const key = "key-mailgun";
    const fixture = hook(mailgun({ secret: "s" }), Any, { secret: { current: "other", previous: key } });
    const mac = (text: string) => createHmac("sha256", key).update(text).digest("hex");
    const post = (token: string, over: object = {}) => {
      const signed = { timestamp: String(NOW), token, signature: mac(`${NOW}${token}`), ...over };
      return fixture.post({ body: JSON.stringify({ signature: signed, "event-data": { event: "opened" } }) });
    };
    const first = accepted(await post("t1"), 200);
    expect(accepted(await post("t1"), 200)).to.equal(first);
    expect(accepted(await post("t2"), 200)).not.to.equal(first);
    // The time may be a number.
    accepted(await post("t3", { timestamp: NOW }), 200);
    const old = String(NOW - 90_000);
    for (const over of [{ token: "t4x" }, { signature: "00" }, { signature: 7 }, { timestamp: old, signature: mac(`${old}t4`) }])
      expect((await post("t4", over)).statusCode, JSON.stringify(over)).to.equal(401);
    for (const body of ["{}", "[]", "null", "no json", ""]) expect((await fixture.post({ body })).statusCode, body).to.equal(401);
    expect(fixture.bus.events).to.have.length(3);
  });

  /** The tests of Adyen/adyen-node-api-library, hmacValidator. */
  const ADYEN = {
    key: "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00",
    item: {
      NotificationRequestItem: {
        pspReference: "pspReference",
        originalReference: "originalReference",
        merchantAccountCode: "merchantAccount",
        merchantReference: "reference",
        amount: { currency: "EUR", value: 1_000 },
        eventCode: "CAPTURE",
        success: "true",
        additionalData: { hmacSignature: "xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0=" },
      },
    },
  };
  it("of Adyen hold for its published vector; each item of the list is signed, and one request", async () => {
    const fixture = hookOf(
      webhook("POST /hooks/x", { emits: Any, batch: "body:notificationItems", verify: adyen({ secret: "s" }) }),
      { secret: { current: ADYEN.key } },
    );
    const post = (notificationItems: readonly unknown[]) =>
      fixture.post({ body: JSON.stringify({ live: "false", notificationItems }) });
    const taken = await post([ADYEN.item]);
    expect([taken.statusCode, taken.body]).to.deep.equal([200, "[accepted]"]);
    expect((await post([ADYEN.item, ADYEN.item])).statusCode).to.equal(200);
    expect(fixture.bus.events).to.have.length(1);
    const { NotificationRequestItem: request } = ADYEN.item;
    const forged = { NotificationRequestItem: { ...request, amount: { currency: "EUR", value: 1 } } };
    for (const items of [[forged], [ADYEN.item, forged], [], [null], [{}]])
      expect((await post(items)).statusCode, JSON.stringify(items)).to.equal(401);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("are a function for a sender that signs id, time and checksum, in whatever encoding", async () => {
    const key = Buffer.from("meter key").toString("base64");
    const verifier = signature({
      secret: "s",
      header: "x-mac",
      deliveryId: ["header:x-id"],
      covers: ["header:x-id"],
      verify: ({ headers: of }, { hmac, isRecent, crc32 }) => {
        const [id = "", time = "", mac = ""] = ["x-id", "x-time", "x-mac"].map((name) => of(name)[0]);
        if (!hmac(`${id}.${time}.${crc32()}`, mac, { algorithm: "sha512", encoding: "base64", key: "base64" }))
          return { fault: "the mac does not match" };
        return isRecent(time, 60) ? { signed: [id, time, String(crc32())] } : { fault: "the time is too far from now" };
      },
    });
    const fixture = hook(verifier, Any, { secret: { current: "b3RoZXI=", previous: key } });
    const post = (over: { id?: string; body?: string; at?: number; mac?: string } = {}) => {
      const { id = "7", body = '{"n":1}', at = NOW } = over;
      const time = String(at);
      const content = `${id}.${time}.${crc32(body)}`;
      const mac = createHmac("sha512", Buffer.from(key, "base64")).update(content).digest("base64");
      return fixture.post({ ...headers({ "x-id": id, "x-time": time, "x-mac": over.mac ?? mac }), body });
    };
    const first = accepted(await post());
    expect(accepted(await post({ at: NOW + 5 }))).to.equal(first);
    expect(accepted(await post({ id: "8" }))).not.to.equal(first);
    for (const wrong of [{ at: NOW - 61 }, { at: NOW + 61 }, { mac: "" }, { mac: "AAAA" }])
      expect((await post(wrong)).statusCode, JSON.stringify(wrong)).to.equal(401);
    expect(fixture.bus.events).to.have.length(2);
  });

  it("are a function of a few lines for any other sender, of which only declared fields identify", async () => {
    const verifier = signature({
      secret: "s",
      deliveryId: ["body:id"],
      covers: ["body:id"],
      verify: ({ json, headers: of }, { at, isKey }) => {
        const id = at(json, "id");
        return id !== undefined && isKey(of("x-token")[0] ?? "") ? { signed: [id] } : { fault: "the token is wrong" };
      },
    });
    const fixture = hook(verifier, Any, { secret: { current: "t0ken" } });
    const post = (id: string, token = "t0ken") => fixture.post({ ...headers({ "x-token": token }), body: `{"id":${id}}` });
    expect(accepted(await post("1152921506151679042"))).not.to.equal(accepted(await post("1152921506151679043")));
    expect((await post("1", "guess")).statusCode).to.equal(401);
  });
});
