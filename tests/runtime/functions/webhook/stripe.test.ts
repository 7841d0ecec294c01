import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, stripe } from "../../../../model/index.ts";
import type { ProxyEvent } from "../../../../runtime/lambda.ts";
import { accepted, hook, NOW } from "./support.ts";

const PaymentNotified = event("PaymentNotified", z.object({ id: z.string(), text: z.string().default("-") }));
const KEY = "whsec_current";
const serve = () =>
  hook(stripe({ secret: "stripe/webhook" }), PaymentNotified, { secret: { current: KEY, previous: "whsec_previous" } });

const body = '{ "id": "evt_1",\n "text":"café \u{1F600} it\'s" }';
const sign = (fixture: { body?: string; key?: string; at?: number }) =>
  createHmac("sha256", fixture.key ?? KEY)
    .update(`${fixture.at ?? NOW}.${fixture.body ?? body}`)
    .digest("hex");
const good = `t=${NOW},v1=${sign({})}`;

describe("webhook / stripe", () => {
  it("publishes the verified body as the flow's first event", async () => {
    const fixture = serve();
    const answer = await fixture.post({ body, headers: { "Stripe-Signature": good, "X-Forwarded-Proto": "https" } });
    const requestId = accepted(answer);
    expect(requestId).to.match(/^[0-9a-f]{32}$/);
    expect(answer.headers).to.include({ "x-request-id": requestId, "x-correlation-id": requestId });
    expect(JSON.parse(answer.body)).to.eql({
      requestId,
      correlationId: requestId,
      status: "accepted",
      statusUrl: `https://api.example.com/v1/requests/${requestId}`,
    });
    expect(answer.headers.location).to.equal(`https://api.example.com/v1/requests/${requestId}`);
    expect(fixture.bus.events).to.have.length(1);
    expect(fixture.bus.events[0]?.source).to.equal("hub.payments");
    expect(fixture.bus.events[0]?.detail).to.eql({
      metadata: {
        eventId: requestId,
        requestId,
        correlationId: requestId,
        causationId: "",
        tenant: "webhook:payments.hook",
        flow: "payments",
        graph: "0123456789abcdef",
        step: "trigger:hook",
        version: 1,
        occurredAt: "2026-11-24T10:00:00.000Z",
        hop: 0,
        traceparent: "00-eb98a4a437cd00760ed305e94ded069a-b97c63169bf7c2f2-01",
      },
      data: { id: "evt_1", text: "café \u{1F600} it's" },
    });
  });

  it("verifies the raw bytes of a body in base64", async () => {
    const fixture = serve();
    const answer = await fixture.post({
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
      headers: { "STRIPE-SIGNATURE": good },
    });
    expect(answer.statusCode).to.equal(202);
    expect(fixture.bus.events[0]?.detail.data).to.have.property("text", "café \u{1F600} it's");
  });

  it("keeps a valid correlation id, and no other", async () => {
    for (const [sent, kept] of [
      ["trace-7", "trace-7"],
      ["a b", undefined],
      ['x","y":"', undefined],
    ] as const) {
      const fixture = serve();
      const answer = await fixture.post({ body, headers: { "stripe-signature": good, "x-correlation-id": sent } });
      expect(answer.headers["x-correlation-id"]).to.equal(kept ?? accepted(answer));
      expect(fixture.bus.events[0]?.detail.metadata.correlationId).to.equal(kept ?? accepted(answer));
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
      const fixture = serve();
      const answer = await fixture.post(event);
      expect(answer.statusCode).to.equal(401);
      expect(answer.headers["content-type"]).to.equal("application/problem+json");
      expect(JSON.parse(answer.body)).to.include({ type: "about:blank", title: "Unauthorized", status: 401, requestId: "gw-1" });
      expect(fixture.bus.entries).to.eql([]);
    });
  }

  it("takes any of several signatures, and the previous key while keys rotate", async () => {
    const fixture = serve();
    expect(
      (await fixture.post({ body, headers: { "stripe-signature": `t=${NOW},v1=${"0".repeat(64)},v1=${sign({})}` } })).statusCode,
    ).to.equal(202);
    expect(
      (await fixture.post({ body, headers: { "stripe-signature": `t=${NOW},v1=${sign({ key: "whsec_previous" })}` } }))
        .statusCode,
    ).to.equal(202);
  });

  it("reads a key that was rotated since, though not for every bad signature", async () => {
    const fixture = serve();
    expect((await fixture.post({ body, headers: { "stripe-signature": good } })).statusCode).to.equal(202);
    fixture.secrets.set("arn:secret", JSON.stringify({ current: "whsec_next" }));
    const next = { body, headers: { "stripe-signature": `t=${NOW + 31},v1=${sign({ key: "whsec_next", at: NOW + 31 })}` } };
    expect((await fixture.post(next)).statusCode).to.equal(401);
    fixture.clock.time += 31_000;
    expect((await fixture.post(next)).statusCode).to.equal(202);
    for (let i = 0; i < 5; i += 1) await fixture.post({ body, headers: { "stripe-signature": "t=1,v1=00" } });
    expect(fixture.secretReads).to.have.length(2);
  });

  const signed = (text: string) => ({ body: text, headers: { "stripe-signature": `t=${NOW},v1=${sign({ body: text })}` } });
  it("answers 400 to a body that is not JSON, or does not match the event's schema", async () => {
    for (const [text, telling] of [
      ["{", "not JSON"],
      ["", "not JSON"],
      ['{"id":7}', "/id must be string"],
      ['{"__proto__":{"id":"x"},"id":"1"}', "/__proto__ must not be a key"],
      ['{"id":"1","more":[{"\\u005f_proto__":{}}]}', "/more/0/__proto__ must not be a key"],
    ] as const) {
      const fixture = serve();
      const answer = await fixture.post(signed(text));
      expect(answer.statusCode, text).to.equal(400);
      expect((JSON.parse(answer.body) as { detail: string }).detail).to.include(telling);
      expect(fixture.bus.entries).to.eql([]);
    }
  });

  it("answers 413 to what no event can hold", async () => {
    expect((await serve().post(signed(JSON.stringify({ id: "x".repeat(256 * 1_024) })))).statusCode).to.equal(413);
  });

  it("answers 503 when the bus refuses the event", async () => {
    const fixture = serve();
    fixture.bus.down = true;
    const answer = await fixture.post({ body, headers: { "stripe-signature": good } });
    expect(answer.statusCode).to.equal(503);
    expect(answer.headers["retry-after"]).to.equal("5");
  });

  it("answers 500 without details when its secret can't be read", async () => {
    const fixture = serve();
    fixture.secrets.clear();
    const answer = await fixture.post({ body, headers: { "stripe-signature": good } });
    expect(answer.statusCode).to.equal(500);
    expect(answer.body).not.to.include("stripe");
  });

  it("logs neither body, signature nor key", async () => {
    const fixture = serve();
    const answer = await fixture.post({ body, headers: { "stripe-signature": good } });
    await fixture.post({ body: "tampered", headers: { "stripe-signature": good } });
    const log = JSON.stringify(fixture.lines);
    for (const secret of ["evt_1", "tampered", sign({}), "whsec"]) expect(log).not.to.include(secret);
    expect(fixture.lines.map(({ requestId }) => requestId)).to.eql([accepted(answer), "gw-2", "gw-2"]);
  });
});
