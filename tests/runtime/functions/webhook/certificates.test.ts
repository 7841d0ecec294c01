import { createPrivateKey, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { generate } from "selfsigned";
import * as z from "zod";
import { signWebhook } from "../../../../local/sandbox/sign-webhook.ts";
import { amazonSns, event, payPal, type Signature, signature } from "../../../../model/index.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { accepted, headers, hook, NOW } from "./support.ts";

const Any = event("Any", z.looseObject({}));
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:orders";
const SNS_URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-a1b2.pem";
const PAYPAL_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77";

interface Pair {
  readonly certificate: string;
  readonly key: string;
}
const pairOf = async (over: Parameters<typeof generate>[1] = {}): Promise<Pair> => {
  const made = await generate([{ name: "commonName", value: "sns.amazonaws.com" }], {
    keyType: "rsa",
    keySize: 2_048,
    algorithm: "sha256",
    notBeforeDate: new Date((NOW - 86_400) * 1_000),
    notAfterDate: new Date((NOW + 30 * 86_400) * 1_000),
    ...over,
  });
  return { certificate: made.cert, key: made.private };
};

describe("webhook / certificates", () => {
  let pair: Pair;
  let other: Pair;
  before(async () => {
    [pair, other] = await Promise.all([pairOf(), pairOf()]);
  });

  /** A webhook whose third party serves `answer` at each URL. */
  const open = (verify: Signature, current: string, answer: (url: string) => Response | Promise<Response>, more: object = {}) => {
    const base = fakeDependencies({ flow: "payments", secrets: { [verify.secret]: "arn:secret" } });
    const fetched: string[] = [];
    const fetch = async (url: string) => {
      fetched.push(url);
      return answer(url);
    };
    const around = { ...base, services: { ...base.services, fetch } };
    return { ...hook(verify, Any, { secret: { current, ...more }, around }), fetched };
  };

  const MESSAGE = {
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    TopicArn: TOPIC,
    Subject: "My First Message",
    Message: 'Hello\n"world" é',
    Timestamp: new Date(NOW * 1_000).toISOString(),
    SignatureVersion: "2",
    SigningCertURL: SNS_URL,
    UnsubscribeURL: "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
  };
  /** Signs the fields in the order of AWS's page. */
  const sns = (over: Readonly<Record<string, unknown>> = {}, { key }: Pair = pair) => {
    const message: Readonly<Record<string, unknown>> = { ...MESSAGE, ...over };
    const signed = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
    const content = signed
      .flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${String(message[name])}\n`]))
      .join("");
    const digest = message.SignatureVersion === "1" ? "sha1" : "sha256";
    const mac = sign(digest, Buffer.from(content), createPrivateKey(key)).toString("base64");
    return { ...headers({ "content-type": "text/plain; charset=UTF-8" }), body: JSON.stringify({ Signature: mac, ...message }) };
  };
  const serve = () => new Response(pair.certificate);
  const verifier = amazonSns({ secret: "s" });

  it("Amazon SNS: a message of either version is published once; its certificate is downloaded once", async () => {
    const fixture = open(verifier, TOPIC, serve);
    const first = accepted200(await fixture.post(sns()));
    expect(accepted200(await fixture.post(sns()))).to.equal(first);
    accepted200(await fixture.post(sns({ MessageId: "m-2", SignatureVersion: "1", Subject: undefined })));
    expect(fixture.bus.events).to.have.length(2);
    expect(fixture.fetched).to.deep.equal([SNS_URL]);
  });

  const accepted200 = (answer: Parameters<typeof accepted>[0]) => accepted(answer, 200);

  it("Amazon SNS: what another wrote, signed or altered is refused", async () => {
    const fixture = open(verifier, TOPIC, serve);
    const calls: readonly (readonly [string, ReturnType<typeof sns>])[] = [
      ["another key", sns({}, other)],
      ["another topic", sns({ TopicArn: "arn:aws:sns:eu-central-1:999999999999:orders" })],
      ["an old message", sns({ Timestamp: new Date((NOW - 7_300) * 1_000).toISOString() })],
      ["no time", sns({ Timestamp: "yesterday" })],
      ["another version", sns({ SignatureVersion: "3" })],
      ["a version that is a name of objects", sns({ SignatureVersion: "constructor" })],
      ["another digest", { ...sns(), body: sns().body.replace('"SignatureVersion":"2"', '"SignatureVersion":"1"') }],
      ["an altered message", { ...sns(), body: sns().body.replace("world", "there") }],
      ["an added token", { ...sns(), body: sns().body.replace("{", '{"Token":"t",') }],
      ["raw delivery", { ...sns(), body: '{"id":1}' }],
      ["no JSON", { ...sns(), body: "no json" }],
    ];
    for (const [what, call] of calls) expect((await fixture.post(call)).statusCode, what).to.equal(401);
    expect(fixture.bus.events).to.deep.equal([]);
  });

  it("Amazon SNS: nothing is downloaded from any other address", async () => {
    const fixture = open(verifier, TOPIC, serve);
    for (const url of [
      "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem",
      "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-a.pem",
      "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-a.pem",
      "https://u:p@sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem",
      "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem",
      "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem",
      "https://sns.evil.example#.amazonaws.com/SimpleNotificationService-a.pem",
      "https://sns.a.b.amazonaws.com/SimpleNotificationService-a.pem",
      "https://xsns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem",
      "https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem",
      "https://snsxeu-central-1xamazonaws.com/SimpleNotificationService-a.pem",
      "https://sns.eu-central-1.amazonaws.com/?Action=X&y=SimpleNotificationService-a.pem",
      "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-/../other.pem",
      "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-/%2e%2e/other.pem",
      `https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-${"a".repeat(600)}.pem`,
      "file:///SimpleNotificationService-a.pem",
      "",
    ])
      expect((await fixture.post(sns({ SigningCertURL: url }))).statusCode, url).to.equal(401);
    expect((await fixture.post(sns({ SigningCertURL: undefined }))).statusCode).to.equal(401);
    expect(fixture.fetched).to.deep.equal([]);
    accepted200(
      await fixture.post(sns({ SigningCertURL: "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-a.pem" })),
    );
  });

  it("a certificate that is expired, weak, no certificate or too large is refused", async () => {
    const expired = await pairOf({ notAfterDate: new Date((NOW - 60) * 1_000) });
    const early = await pairOf({ notBeforeDate: new Date((NOW + 60) * 1_000) });
    const weak = await pairOf({ keySize: 1_024 });
    const elliptic = await pairOf({ keyType: "ec" });
    for (const [what, used, text] of [
      ["expired", expired, expired.certificate],
      ["not valid yet", early, early.certificate],
      ["1,024 bits", weak, weak.certificate],
      ["EC", elliptic, elliptic.certificate],
      ["a page", pair, "<html>"],
      ["a private key", pair, pair.key],
      ["nothing", pair, ""],
      ["too large", pair, pair.certificate + " ".repeat(70_000)],
    ] as const) {
      const fixture = open(verifier, TOPIC, () => new Response(text));
      expect((await fixture.post(sns({}, used))).statusCode, what).to.equal(401);
    }
    const moved = () => new Response(pair.certificate, { status: 302, headers: { location: "https://evil.example/" } });
    for (const answer of [moved, () => new Response("", { status: 404 })]) {
      const fixture = open(verifier, TOPIC, answer);
      expect((await fixture.post(sns())).statusCode).to.equal(401);
    }
  });

  it("while a certificate can't be downloaded, the sender gets 503 and may send the call again", async () => {
    let trouble: (() => Response) | undefined = () => new Response("", { status: 500 });
    const fixture = open(verifier, TOPIC, () => trouble?.() ?? serve());
    const failed = await fixture.post(sns());
    expect([failed.statusCode, failed.headers["retry-after"]]).to.deep.equal([503, "5"]);
    trouble = () => {
      throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    };
    expect((await fixture.post(sns())).statusCode).to.equal(503);
    expect(fixture.bus.events).to.deep.equal([]);
    trouble = undefined;
    accepted200(await fixture.post(sns()));
  });

  it("a certificate is downloaded again after a day, and once for simultaneous calls", async () => {
    const fixture = open(verifier, TOPIC, serve);
    await Promise.all(["a", "b", "c"].map(async (MessageId) => accepted200(await fixture.post(sns({ MessageId })))));
    expect(fixture.fetched).to.have.length(1);
    fixture.clock.advance(86_401_000);
    accepted200(await fixture.post(sns({ MessageId: "d", Timestamp: new Date((NOW + 86_401) * 1_000).toISOString() })));
    expect(fixture.fetched).to.have.length(2);
  });

  it("the secret's own certificate stands for the one in the call", async () => {
    const fixture = open(verifier, TOPIC, serve, { certificate: other.certificate });
    expect((await fixture.post(sns())).statusCode).to.equal(401);
    accepted200(await fixture.post(sns({}, other)));
    expect((await fixture.post(sns({ SigningCertURL: "https://evil.example/x.pem" }, other))).statusCode).to.equal(401);
    expect(fixture.fetched).to.deep.equal([]);
  });

  const CONFIRMATION = { Type: "SubscriptionConfirmation", Token: "2336412f37", SubscribeURL: "https://evil.example/" };
  it("Amazon SNS: a subscription is confirmed at SNS itself, whatever SubscribeURL says; its end is logged", async () => {
    const fixture = open(verifier, TOPIC, (url) => (url === SNS_URL ? serve() : new Response("<ok/>")));
    const answer = await fixture.post(sns(CONFIRMATION));
    expect([answer.statusCode, answer.body]).to.deep.equal([200, ""]);
    expect(fixture.fetched.slice(1)).to.deep.equal([
      "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A123456789012%3Aorders&Token=2336412f37",
    ]);
    expect((await fixture.post(sns({ ...CONFIRMATION, Type: "UnsubscribeConfirmation" }))).statusCode).to.equal(200);
    expect(fixture.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).to.deep.equal([
      "the third party ended the subscription",
    ]);
    expect(fixture.fetched).to.have.length(2);
    expect(fixture.bus.events).to.deep.equal([]);
    // Anyone may ask a topic of their own to call the hub.
    expect((await fixture.post(sns(CONFIRMATION, other))).statusCode).to.equal(401);
    expect((await fixture.post(sns({ ...CONFIRMATION, Token: undefined }))).statusCode).to.equal(400);
  });

  it("Amazon SNS: a confirmation that SNS does not take gets 503, so that SNS sends it again", async () => {
    for (const status of [400, 500]) {
      const fixture = open(verifier, TOPIC, (url) => (url === SNS_URL ? serve() : new Response("", { status })));
      expect((await fixture.post(sns(CONFIRMATION))).statusCode).to.equal(503);
      expect(JSON.stringify(fixture.lines)).not.to.include("2336412f37");
    }
  });

  const BODY = JSON.stringify({ id: "WH-1", event_type: "PAYMENT.SALE.COMPLETED", resource: { amount: { total: "21.00" } } });
  const WEBHOOK_ID = "1JE4291016473214C";
  const paypal = (over: Readonly<Record<string, string>> = {}, body = BODY, { key }: Pair = pair, webhookId = WEBHOOK_ID) => {
    const sent = { id: "69cd13f0-d67a-11e5-baa3-778b53f4ae55", time: "2026-11-24T10:00:00Z", url: PAYPAL_URL, ...over };
    const content = `${sent.id}|${sent.time}|${webhookId}|${crc32(body)}`;
    const mac = sign("sha256", Buffer.from(content), createPrivateKey(key)).toString("base64");
    const given = {
      "PayPal-Transmission-Id": sent.id,
      "PayPal-Transmission-Time": sent.time,
      "PayPal-Transmission-Sig": mac,
      "PayPal-Cert-Url": sent.url,
      "PayPal-Auth-Algo": over.algorithm ?? "SHA256withRSA",
    };
    return { ...headers(given), body };
  };

  it("PayPal: an event is published once, also under another transmission; a previous webhook's id holds", async () => {
    const fixture = open(payPal({ secret: "s" }), "new", serve, { previous: WEBHOOK_ID });
    const first = accepted200(await fixture.post(paypal()));
    expect(accepted200(await fixture.post(paypal({ id: "another" })))).to.equal(first);
    accepted200(await fixture.post(paypal({}, BODY.replace("WH-1", "WH-2"))));
    expect(fixture.bus.events).to.have.length(2);
    expect(fixture.fetched).to.deep.equal([PAYPAL_URL]);
  });

  it("PayPal: with the transmission's id as the delivery's, a body of the same CRC starts nothing", async () => {
    const verify = payPal({ secret: "s", deliveryId: ["header:paypal-transmission-id"] });
    const fixture = open(verify, WEBHOOK_ID, serve);
    const first = accepted200(await fixture.post(paypal()));
    expect(accepted200(await fixture.post(paypal({}, '{"id":"WH-9"}')))).to.equal(first);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("PayPal: what another signed, another webhook's calls, other hosts and old calls are refused", async () => {
    const fixture = open(payPal({ secret: "s" }), WEBHOOK_ID, serve);
    const sandbox = PAYPAL_URL.replace("api.", "api.sandbox.");
    const calls: readonly (readonly [string, ReturnType<typeof paypal>])[] = [
      ["another key", paypal({}, BODY, other)],
      ["another webhook", paypal({}, BODY, pair, "0AB")],
      ["another body", { ...paypal(), body: BODY.replace("21.00", "1.00") }],
      ["old", paypal({ time: "2026-11-19T10:00:00Z" })],
      ["a time of another form", paypal({ time: "Tue, 24 Nov 2026 10:00:00 GMT" })],
      ["another algorithm", paypal({ algorithm: "SHA1withRSA" })],
      ["the sandbox", paypal({ url: sandbox })],
      ["another host", paypal({ url: PAYPAL_URL.replace("paypal.com", "paypal.com.evil.example") })],
      ["another path", paypal({ url: "https://api.paypal.com/v1/other/x" })],
      ["no headers", { ...headers({}), body: BODY }],
    ];
    for (const [what, call] of calls) expect((await fixture.post(call)).statusCode, what).to.equal(401);
    expect(fixture.bus.events).to.deep.equal([]);
    const tried = open(payPal({ secret: "s", sandbox: true }), WEBHOOK_ID, serve);
    accepted200(await tried.post(paypal({ url: sandbox })));
  });

  it("hold when the sandbox signs", async () => {
    const signingKey = createPrivateKey(pair.key).export({ type: "pkcs8", format: "der" }).toString("base64");
    for (const [verify, current, json] of [
      [amazonSns({ secret: "s" }), TOPIC, '{"order":1}'],
      [amazonSns({ secret: "s" }), TOPIC, '{"Type":"Notification","Message":"x","SignatureVersion":"1"}'],
      [payPal({ secret: "s" }), WEBHOOK_ID, BODY],
    ] as const) {
      const by = { url: "http://127.0.0.1/x", key: current, signingKey, headers: {}, time: NOW * 1_000 };
      const call = signWebhook(verify, json, by);
      const fixture = open(verify, current, serve);
      accepted200(await fixture.post({ ...headers(call.headers), body: call.body }));
    }
  });

  it("are a tool for any other sender's function", async () => {
    const verify = signature({
      secret: "s",
      deliveryId: ["body"],
      verify: async ({ text, headers: of }, { certified }) => {
        const [url = "", given = ""] = [of("x-cert")[0], of("x-sig")[0]];
        const fault = await certified({ url, hosts: ["certs.example.com"], path: "/", content: text, signature: given });
        return fault === undefined ? { signed: [text] } : { fault };
      },
    });
    const fixture = open(verify, "unused", serve);
    const mac = (text: string) => sign("sha256", Buffer.from(text), createPrivateKey(pair.key)).toString("base64");
    const post = (body: string, given: string) =>
      fixture.post({ ...headers({ "x-cert": "https://certs.example.com/a.pem", "x-sig": given }), body });
    accepted(await post("{}", mac("{}")));
    for (const given of ["", "AAAA", "not base64!", mac("[]")]) expect((await post("{}", given)).statusCode).to.equal(401);
  });
});
