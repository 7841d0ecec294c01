import { createHmac, randomUUID } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  event,
  github,
  hmac,
  type Signature,
  sharedSecret,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  twilio,
} from "../../../../model/index.ts";
import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { accepted, type Hook, headers, hook, NOW } from "./support.ts";

const Notified = event("Notified", z.object({ id: z.string().optional() }));
const KEY = "k";
const mac = (text: string, encoding: "hex" | "base64" = "hex", key = KEY) =>
  createHmac("sha256", key).update(text).digest(encoding);
const open = (verify: Signature, secret: unknown = { current: KEY }) => hook(verify, Notified, { secret });

/** A call of a sender as `id` and `at` say; `body` where it does not matter. */
type Send = (fixture: {
  readonly id?: string;
  readonly at?: number;
  readonly body?: string;
  readonly key?: string;
}) => Parameters<Hook["post"]>[0];
const STRIPE: Send = ({ id = "evt_1", at = NOW, body = JSON.stringify({ id }), key = KEY }) => ({
  ...headers({ "stripe-signature": `t=${at},v1=${mac(`${at}.${body}`, "hex", key)}` }),
  body,
});
const GITHUB: Send = ({ id = "d-1", body = "{}" }) => ({
  ...headers({ "x-hub-signature-256": `sha256=${mac(body)}`, "x-github-delivery": id }),
  body,
});
const SHOPIFY: Send = ({ id = "d-1", body = "{}" }) => ({
  ...headers({ "x-shopify-hmac-sha256": mac(body, "base64"), "x-shopify-webhook-id": id }),
  body,
});
const STANDARD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const STANDARD: Send = ({ id = "msg_1", at = NOW, body = "{}" }) => ({
  ...headers({
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": `v1,${createHmac("sha256", Buffer.from(STANDARD_KEY, "base64")).update(`${id}.${at}.${body}`).digest("base64")}`,
  }),
  body,
});
const SLACK: Send = ({ id = "Ev1", at = NOW, body = JSON.stringify({ event_id: id }) }) => ({
  ...headers({ "x-slack-request-timestamp": String(at), "x-slack-signature": `v0=${mac(`v0:${at}:${body}`)}` }),
  body,
});

describe("webhook / one delivery", () => {
  it("is one request, answered the same, however often it comes", async () => {
    const fixture = open(stripe({ secret: "s" }));
    const first = await fixture.post({ ...STRIPE({}), headers: { ...STRIPE({}).headers, "x-correlation-id": "c-1" } });
    const again = await fixture.post(STRIPE({}));
    expect(again).to.deep.equal(first);
    expect(fixture.bus.events).to.have.length(1);
    expect(fixture.lines.map(({ message }) => message)).to.eql(["webhook accepted", "repeated webhook ignored"]);
    expect(fixture.lines.map(({ requestId, correlationId }) => [requestId, correlationId])).to.eql([
      [accepted(first), "c-1"],
      [accepted(first), "c-1"],
    ]);
  });

  const sent: readonly (readonly [string, Signature, Send, unknown?])[] = [
    ["Stripe", stripe({ secret: "s" }), STRIPE],
    ["GitHub", github({ secret: "s" }), GITHUB],
    ["Shopify", shopify({ secret: "s" }), SHOPIFY],
    ["Standard Webhooks", standardWebhooks({ secret: "s" }), STANDARD, { current: STANDARD_KEY }],
    ["Slack", slack({ secret: "s" }), SLACK],
  ];
  for (const [who, signature, send, secret] of sent) {
    it(`of ${who} is known by its id, though it is signed anew`, async () => {
      const fixture = open(signature, secret);
      const status = signature.answer?.status;
      const first = accepted(await fixture.post(send({})), status);
      expect(accepted(await fixture.post(send({ at: NOW + 60 })), status)).to.equal(first);
      const body = JSON.stringify({ id: "2", event_id: "Ev2" });
      expect(accepted(await fixture.post(send({ id: "2", body })), status)).not.to.equal(first);
      expect(fixture.bus.events).to.have.length(2);
    });
  }

  it("without an id is identified by its signed content, however the signature is spelled", async () => {
    const fixture = open(hmac({ secret: "s", header: "x-mac" }));
    const first = accepted(await fixture.post({ ...headers({ "x-mac": mac("{}") }), body: "{}" }));
    expect(accepted(await fixture.post({ ...headers({ "X-MAC": mac("{}").toUpperCase() }), body: "{}" }))).to.equal(first);
    expect(accepted(await fixture.post({ ...headers({ "x-mac": mac("{ }") }), body: "{ }" }))).not.to.equal(first);
    expect(fixture.bus.events).to.have.length(2);
  });

  it("without an id, with a timestamp, is a new one at another time", async () => {
    const fixture = open(hmac({ secret: "s", header: "x-mac", timestampHeader: "x-time" }));
    const at = (time: number) => fixture.post({ ...headers({ "x-mac": mac(`${time}.{}`), "x-time": String(time) }), body: "{}" });
    const first = accepted(await at(NOW));
    expect(accepted(await at(NOW))).to.equal(first);
    expect(accepted(await at(NOW + 1))).not.to.equal(first);
  });

  it("of Twilio is known by URL and fields where the declaration says so, with the port or without, in whatever order they come", async () => {
    const fixture = hook(twilio({ secret: "s", identicalBodies: "replay" }), event("Sms", z.object({ Body: z.string() })), {
      secret: { current: KEY },
    });
    const sms = (body: string, port = "") => {
      const url = `https://api.example.com${port}/v1/hooks/x`;
      const signature = createHmac("sha1", KEY).update(`${url}BodyhiSidS1`).digest("base64");
      return fixture.post({ ...headers({ "x-twilio-signature": signature }), body });
    };
    const first = accepted(await sms("Body=hi&Sid=S1"), 200);
    expect(accepted(await sms("Sid=S1&Body=hi", ":443"), 200)).to.equal(first);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("of a shared secret is known by its id, or else by its body", async () => {
    const call = (id: string) => ({ ...headers({ "x-token": KEY, "x-id": id }), body: "{}" });
    const withId = open(sharedSecret({ secret: "s", header: "x-token", deliveryId: ["header:X-Id"] }));
    expect(accepted(await withId.post(call("1")))).not.to.equal(accepted(await withId.post(call("2"))));
    expect((await withId.post({ ...headers({ "x-token": KEY }), body: "{}" })).statusCode).to.equal(400);
    const without = open(sharedSecret({ secret: "s", header: "x-token" }));
    expect(accepted(await without.post(call("1")))).to.equal(accepted(await without.post(call("2"))));
  });

  it("without an id is not known by what the schema puts in its place", async () => {
    const fixture = hook(stripe({ secret: "s" }), event("Notified", z.object({ id: z.string().default("-") })), {
      secret: { current: KEY },
    });
    const first = accepted(await fixture.post(STRIPE({ body: '{"a":1}' })));
    expect(accepted(await fixture.post(STRIPE({ body: '{"a":2}' })))).not.to.equal(first);
    expect(fixture.bus.events.map(({ detail }) => detail.data)).to.eql([
      { a: 1, id: "-" },
      { a: 2, id: "-" },
    ]);
  });

  it("is known after its key was rotated", async () => {
    const fixture = open(stripe({ secret: "s" }), { current: "new", previous: KEY });
    expect(accepted(await fixture.post(STRIPE({ key: "new" })))).to.equal(accepted(await fixture.post(STRIPE({}))));
  });

  it("is known after its flow was renamed", async () => {
    const before = open(stripe({ secret: "s" }));
    const first = accepted(await before.post(STRIPE({})));
    const renamed = hook(stripe({ secret: "s" }), Notified, {
      secret: { current: KEY },
      flow: "billing",
      formerly: ["payments"],
    });
    for (const [key, item] of before.table.items) renamed.table.items.set(key, item);
    expect(accepted(await renamed.post(STRIPE({})))).to.equal(first);
    expect(renamed.bus.events).to.have.length(0);
  });

  it("of another flow is another one", async () => {
    const other = hook(stripe({ secret: "s" }), Notified, { secret: { current: KEY }, flow: "billing" });
    expect(accepted(await other.post(STRIPE({})))).not.to.equal(accepted(await open(stripe({ secret: "s" })).post(STRIPE({}))));
  });
});

describe("webhook / an id that is not signed", () => {
  it("does not make a replayed body of GitHub a new delivery where the declaration says so", async () => {
    const fixture = open(github({ secret: "s", identicalBodies: "replay" }));
    const first = accepted(await fixture.post(GITHUB({ id: "d-1" })));
    expect(accepted(await fixture.post(GITHUB({ id: randomUUID() })))).to.equal(first);
    expect(accepted(await fixture.post({ ...headers({ "x-hub-signature-256": `sha256=${mac("{}")}` }), body: "{}" }))).to.equal(
      first,
    );
    expect(fixture.bus.events).to.have.length(1);
  });

  it("is believed where the declaration says so, and then it has to be there, once", async () => {
    const fixture = open(github({ secret: "s" }));
    expect(accepted(await fixture.post(GITHUB({ id: "d-1" })))).not.to.equal(accepted(await fixture.post(GITHUB({ id: "d-2" }))));
    const { headers: sent } = GITHUB({});
    const twice = { "x-hub-signature-256": [`sha256=${mac("{}")}`], "x-github-delivery": ["d-1", "d-3"] };
    for (const call of [
      { ...headers({ "x-hub-signature-256": `sha256=${mac("{}")}` }), body: "{}" },
      { ...GITHUB({ id: "" }) },
      { headers: sent ?? {}, multiValueHeaders: twice, body: "{}" },
    ])
      expect((await fixture.post(call)).statusCode).to.equal(400);
    expect(fixture.bus.events).to.have.length(2);
  });
});

describe("webhook / the mark of a delivery", () => {
  const body = STRIPE({});
  const verify = stripe({ secret: "s" });

  it("is kept as long as delivery records, in a partition of its trigger", async () => {
    const fixture = open(verify);
    const requestId = accepted(await fixture.post(body));
    expect(fixture.table.only("webhook#")).to.include({
      pk: `webhook#payments#hook#${requestId}`,
      sk: "record",
      state: "done",
      correlationId: requestId,
      receivedAt: "2026-11-24T10:00:00.000Z",
      expiresAt: NOW + RECORD_LIFE_SECONDS,
    });
  });

  it("lets the next call publish when the bus refused the event", async () => {
    const fixture = open(verify);
    fixture.bus.down = true;
    const refused = await fixture.post(body);
    expect([refused.statusCode, refused.headers["retry-after"]]).to.eql([503, "5"]);
    fixture.bus.down = false;
    // As Retry-After says, long before the lease would end by itself.
    fixture.clock.time += 5_000;
    const requestId = accepted(await fixture.post(body));
    expect(fixture.bus.events.map(({ detail: { metadata } }) => [metadata.eventId, metadata.occurredAt])).to.eql([
      [requestId, "2026-11-24T10:00:00.000Z"],
    ]);
    accepted(await fixture.post(body));
    expect(fixture.bus.events).to.have.length(1);
  });

  it("is published again under the same ids when the call crashed in between, once its lease has ended", async () => {
    const fixture = open(verify);
    const first = await fixture.post({ ...body, headers: { ...body.headers, "x-correlation-id": "c-1" } });
    // As a crash before it was marked as done leaves it.
    const mark = fixture.table.only("webhook#");
    fixture.table.items.set(`${mark.pk}|record`, { ...mark, state: "pending", leaseUntil: fixture.clock.now() + 30_000 });
    const busy = await fixture.post(body);
    expect([busy.statusCode, busy.headers["retry-after"]]).to.eql([503, "5"]);
    expect(fixture.bus.events).to.have.length(1);
    fixture.clock.time += 30_000;
    const again = await fixture.post(body);
    expect(again).to.deep.equal(first);
    expect(fixture.bus.events).to.have.length(2);
    expect(fixture.bus.events[1]).to.deep.equal(fixture.bus.events[0]);
  });

  it("has two calls at once publish one event", async () => {
    const fixture = open(verify);
    const answers = await Promise.all(Array.from({ length: 5 }, () => fixture.post(body)));
    expect(new Set(answers.map((answer) => accepted(answer))).size).to.equal(1);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("is not made when the table fails, and then nothing is published", async () => {
    const fixture = open(verify);
    fixture.table.failures.push(new Error("down"));
    expect((await fixture.post(body)).statusCode).to.equal(503);
    expect(fixture.bus.entries).to.eql([]);
    accepted(await fixture.post(body));
    expect(fixture.bus.events).to.have.length(1);
  });

  it("may stay pending when the table fails after the event is published: the caller gets 202", async () => {
    const fixture = open(verify);
    fixture.table.failures.push(undefined, new Error("down"));
    accepted(await fixture.post(body));
    expect(fixture.table.only("webhook#").state).to.equal("pending");
    expect(fixture.lines.map(({ level, message }) => [level, message])).to.deep.include([
      "warn",
      "delivery could not be marked as done",
    ]);
  });

  it("is this call's, too, when the answer that says so was lost and the table is asked again", async () => {
    const fixture = open(verify);
    const update = fixture.table.update.bind(fixture.table);
    fixture.table.update = async (...call) => {
      fixture.table.update = update;
      await update(...call);
      return undefined; // the second try finds the item written
    };
    accepted(await fixture.post(body));
    expect(fixture.bus.events).to.have.length(1);
    expect(fixture.table.only("webhook#").state).to.equal("done");
  });

  it("is not written for a refused call", async () => {
    const fixture = open(verify);
    const text = '{"id":7}';
    expect((await fixture.post(STRIPE({ body: text }))).statusCode).to.equal(400);
    expect((await fixture.post({ ...STRIPE({}), body: "{}" })).statusCode).to.equal(401);
    expect(fixture.table.items.size).to.equal(0);
  });
});
