import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, hmacSha256, type Signature, step, stripe, webhook } from "../../model/index.ts";
import { serveWebhook } from "../../runtime/index.ts";
import { signatureFault } from "../../runtime/ingress/verify-signature.ts";
import type { ProxyEvent, ProxyResponse } from "../../runtime/lambda.ts";
import { context, validatorsOf, world } from "./fakes/world.ts";

const PaymentNotified = event("PaymentNotified", z.object({ id: z.string(), text: z.string().default("-") }));
const KEY = "whsec_current";

function serve(verify: Signature = stripe({ secret: "stripe/webhook" })) {
  const around = world({ flow: "payments", secrets: { "stripe/webhook": "arn:stripe" } });
  around.secrets.set("arn:stripe", JSON.stringify({ current: KEY, previous: "whsec_previous" }));
  const payments = flow("payments", {
    summary: "",
    owner: "",
    triggers: { stripe: webhook("POST /hooks/stripe", { emits: PaymentNotified, verify }) },
    steps: { record: step({ on: PaymentNotified, emits: [], handler: () => [] }) },
  });
  const handle = serveWebhook(payments, "stripe", validatorsOf(payments), () => around.services);
  return { ...around, post: (over: Partial<ProxyEvent>) => handle(proxy(over), context()) as Promise<ProxyResponse> };
}

const proxy = (over: Partial<ProxyEvent>): ProxyEvent => ({
  headers: {},
  pathParameters: null,
  queryStringParameters: null,
  body: null,
  isBase64Encoded: false,
  requestContext: { requestId: "gw-1", domainName: "api.example.com", stage: "v1" },
  ...over,
});

const body = '{ "id": "evt_1",\n "text":"café \u{1F600} it\'s" }';
const sign = (of: { body?: string; key?: string; at?: number }) =>
  createHmac("sha256", of.key ?? KEY)
    .update(`${of.at ?? NOW}.${of.body ?? body}`)
    .digest("hex");
const NOW = Date.parse("2026-11-24T10:00:00Z") / 1_000;
const good = `t=${NOW},v1=${sign({})}`;

describe("webhook", () => {
  it("publishes the verified body as the flow's first event", async () => {
    const of = serve();
    const answer = await of.post({ body, headers: { "Stripe-Signature": good, "X-Forwarded-Proto": "https" } });
    expect(answer.statusCode).to.equal(202);
    expect(answer.headers).to.include({ "x-request-id": "gw-1", "x-correlation-id": "gw-1" });
    expect(JSON.parse(answer.body)).to.eql({
      requestId: "gw-1",
      correlationId: "gw-1",
      status: "accepted",
      statusUrl: "https://api.example.com/v1/requests/gw-1",
    });
    expect(of.bus.events).to.have.length(1);
    expect(of.bus.events[0]?.source).to.equal("hub.payments");
    expect(of.bus.events[0]?.detail).to.eql({
      metadata: {
        eventId: "gw-1",
        requestId: "gw-1",
        correlationId: "gw-1",
        causationId: "",
        tenant: "webhook:payments.stripe",
        flow: "payments",
        graph: "0123456789abcdef",
        step: "trigger:stripe",
        version: 1,
        occurredAt: "2026-11-24T10:00:00.000Z",
        hop: 0,
        traceparent: "",
      },
      data: { id: "evt_1", text: "café \u{1F600} it's" },
    });
  });

  it("verifies the raw bytes of a body in base64", async () => {
    const of = serve();
    const answer = await of.post({
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
      headers: { "STRIPE-SIGNATURE": good },
    });
    expect(answer.statusCode).to.equal(202);
    expect(of.bus.events[0]?.detail.data).to.have.property("text", "café \u{1F600} it's");
  });

  it("keeps a valid correlation id, and no other", async () => {
    for (const [sent, kept] of [
      ["trace-7", "trace-7"],
      ["a b", "gw-1"],
      ['x","y":"', "gw-1"],
    ] as const) {
      const of = serve();
      const answer = await of.post({ body, headers: { "stripe-signature": good, "x-correlation-id": sent } });
      expect(answer.headers["x-correlation-id"]).to.equal(kept);
      expect(of.bus.events[0]?.detail.metadata.correlationId).to.equal(kept);
    }
  });

  const refusals: readonly [string, Partial<ProxyEvent>][] = [
    ["no signature", { body }],
    ["a tampered body", { body: body.replace("evt_1", "evt_2"), headers: { "stripe-signature": good } }],
    ["a re-serialised body", { body: JSON.stringify(JSON.parse(body)), headers: { "stripe-signature": good } }],
    ["an old timestamp", { body, headers: { "stripe-signature": `t=${NOW - 301},v1=${sign({ at: NOW - 301 })}` } }],
    ["a timestamp of the future", { body, headers: { "stripe-signature": `t=${NOW + 301},v1=${sign({ at: NOW + 301 })}` } }],
    ["another key", { body, headers: { "stripe-signature": `t=${NOW},v1=${sign({ key: "whsec_other" })}` } }],
    ["a signature of the test scheme v0", { body, headers: { "stripe-signature": `t=${NOW},v0=${sign({})}` } }],
    ["a garbled header", { body, headers: { "stripe-signature": "hello" } }],
    ["a signature that is too short", { body, headers: { "stripe-signature": `t=${NOW},v1=${sign({}).slice(0, 62)}` } }],
  ];
  for (const [what, event] of refusals) {
    it(`answers 401 to ${what}, and publishes nothing`, async () => {
      const of = serve();
      const answer = await of.post(event);
      expect(answer.statusCode).to.equal(401);
      expect(answer.headers["content-type"]).to.equal("application/problem+json");
      expect(JSON.parse(answer.body)).to.include({ type: "about:blank", title: "Unauthorized", status: 401, requestId: "gw-1" });
      expect(of.bus.entries).to.eql([]);
    });
  }

  it("takes any of several signatures, and the previous key while keys rotate", async () => {
    const of = serve();
    expect(
      (await of.post({ body, headers: { "stripe-signature": `t=${NOW},v1=${"0".repeat(64)},v1=${sign({})}` } })).statusCode,
    ).to.equal(202);
    expect(
      (await of.post({ body, headers: { "stripe-signature": `t=${NOW},v1=${sign({ key: "whsec_previous" })}` } })).statusCode,
    ).to.equal(202);
  });

  it("reads a key that was rotated since, though not for every bad signature", async () => {
    const of = serve();
    expect((await of.post({ body, headers: { "stripe-signature": good } })).statusCode).to.equal(202);
    of.secrets.set("arn:stripe", JSON.stringify({ current: "whsec_next" }));
    const next = { body, headers: { "stripe-signature": `t=${NOW + 31},v1=${sign({ key: "whsec_next", at: NOW + 31 })}` } };
    expect((await of.post(next)).statusCode).to.equal(401);
    of.clock.time += 31_000;
    expect((await of.post(next)).statusCode).to.equal(202);
    for (let i = 0; i < 5; i += 1) await of.post({ body, headers: { "stripe-signature": "t=1,v1=00" } });
    expect(of.secretReads).to.have.length(2);
  });

  const signed = (text: string) => ({ body: text, headers: { "stripe-signature": `t=${NOW},v1=${sign({ body: text })}` } });
  it("answers 400 to a body that is not JSON, or not of the event's schema", async () => {
    for (const [text, telling] of [
      ["{", "not JSON"],
      ["", "not JSON"],
      ['{"id":7}', "/id must be string"],
      ['{"__proto__":{"id":"x"}}', "not JSON"],
    ] as const) {
      const of = serve();
      const answer = await of.post(signed(text));
      expect(answer.statusCode, text).to.equal(400);
      expect((JSON.parse(answer.body) as { detail: string }).detail).to.include(telling);
      expect(of.bus.entries).to.eql([]);
    }
  });

  it("answers 413 to what no event can hold", async () => {
    expect((await serve().post(signed(JSON.stringify({ id: "x".repeat(256 * 1_024) })))).statusCode).to.equal(413);
  });

  it("answers 503 when the bus refuses the event", async () => {
    const of = serve();
    of.bus.down = true;
    const answer = await of.post({ body, headers: { "stripe-signature": good } });
    expect(answer.statusCode).to.equal(503);
    expect(answer.headers["retry-after"]).to.equal("5");
  });

  it("answers 500, and tells the caller nothing, when its secret can't be read", async () => {
    const of = serve();
    of.secrets.clear();
    const answer = await of.post({ body, headers: { "stripe-signature": good } });
    expect(answer.statusCode).to.equal(500);
    expect(answer.body).not.to.include("stripe");
  });

  it("logs neither body, signature nor key", async () => {
    const of = serve();
    await of.post({ body, headers: { "stripe-signature": good } });
    await of.post({ body: "tampered", headers: { "stripe-signature": good } });
    const log = JSON.stringify(of.lines);
    for (const secret of ["evt_1", "tampered", sign({}), "whsec"]) expect(log).not.to.include(secret);
    expect(of.lines.map(({ requestId }) => requestId)).to.eql(["gw-1", "gw-1", "gw-1"]);
  });
});

describe("signatureFault / vectors", () => {
  it("knows RFC 4231's HMAC-SHA256 test case 2, with and without a prefix", () => {
    const mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const scheme = hmacSha256({ secret: "s", header: "X-Hub-Signature-256" });
    const check = (header: string) => signatureFault(scheme, header, Buffer.from("what do ya want for nothing?"), ["Jefe"], 0);
    expect(check(mac)).to.equal(undefined);
    expect(check(`sha256=${mac}`)).to.equal(undefined);
    expect(check(mac.toUpperCase())).to.equal(undefined);
    expect(check(mac.replace("5", "6"))).to.match(/does not match/);
    expect(check("")).to.match(/x-hub-signature-256 is missing/);
  });

  it("knows GitHub's documented example", () => {
    const scheme = hmacSha256({ secret: "s", header: "x-hub-signature-256" });
    const header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    expect(signatureFault(scheme, header, Buffer.from("Hello, World!"), ["It's a Secret to Everybody"], 0)).to.equal(undefined);
  });
});
