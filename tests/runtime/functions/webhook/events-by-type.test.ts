import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, github, hmac, shopify, slack, stripe, webhook } from "../../../../model/index.ts";
import { accepted, headers, hookOf, NOW } from "./support.ts";

const KEY = "k";
const secret = { current: KEY };
const mac = (text: string, encoding: "hex" | "base64" = "hex") => createHmac("sha256", KEY).update(text).digest(encoding);
const Charged = event("Charged", z.object({ id: z.string(), data: z.object({ object: z.object({ amount: z.int() }) }) }));
const CustomerChanged = event("CustomerChanged", z.object({ id: z.string() }));

const stripeHook = (otherwise?: "accept" | "refuse") => {
  const fixture = hookOf(
    webhook("POST /hooks/x", {
      events: { "charge.succeeded": Charged, "customer.created": CustomerChanged, "customer.updated": CustomerChanged },
      by: "body:type",
      ...(otherwise && { otherwise }),
      verify: stripe({ secret: "s" }),
    }),
    { secret },
  );
  const post = (value: unknown) => {
    const body = JSON.stringify(value);
    return fixture.post({ ...headers({ "stripe-signature": `t=${NOW},v1=${mac(`${NOW}.${body}`)}` }), body });
  };
  return { fixture, post };
};

describe("webhook / events by type", () => {
  it("each type is the event that is declared for it, with its own schema", async () => {
    const { fixture, post } = stripeHook();
    accepted(await post({ id: "1", type: "charge.succeeded", data: { object: { amount: 5 } } }));
    accepted(await post({ id: "2", type: "customer.created" }));
    accepted(await post({ id: "3", type: "customer.updated" }));
    expect(fixture.bus.entries.map(({ detailType }) => detailType)).to.deep.equal([
      "Charged",
      "CustomerChanged",
      "CustomerChanged",
    ]);
    const wrong = await post({ id: "4", type: "charge.succeeded", data: {} });
    expect(wrong.statusCode).to.equal(400);
    expect(wrong.body).to.contain("schema of Charged");
  });

  it("another type is refused with the known ones, unless it is accepted: 2xx, logged, counted, and nothing published", async () => {
    const strict = stripeHook();
    const refused = await strict.post({ id: "1", type: "invoice.upcoming" });
    expect([refused.statusCode, refused.body]).to.satisfy(
      ([status, body]: [number, string]) => status === 400 && body.includes("charge.succeeded"),
    );
    const { fixture, post } = stripeHook("accept");
    for (const type of ["invoice.upcoming", "balance.available", "constructor", "toString", "__proto__"]) {
      const answer = await post({ id: type, type });
      expect(answer.statusCode, type).to.equal(202);
      expect(JSON.parse(answer.body)).to.deep.equal({ status: "ignored" });
    }
    expect(fixture.bus.entries).to.deep.equal([]);
    expect(fixture.table.items.size).to.equal(0);
    expect(fixture.lines.filter(({ WebhooksIgnored }) => WebhooksIgnored === 1)).to.have.length(5);
    expect(fixture.lines.find(({ message }) => message === "webhook of another type ignored")).to.include({
      type: "invoice.upcoming",
    });
  });

  it("a call without a type is 400, and one without a signature 401, whatever is accepted", async () => {
    const { fixture, post } = stripeHook("accept");
    for (const value of [{ id: "1" }, { id: "1", type: "" }, { id: "1", type: ["charge.succeeded"] }, [], null])
      expect((await post(value)).statusCode, JSON.stringify(value)).to.equal(400);
    expect((await fixture.post({ body: '{"type":"x"}' })).statusCode).to.equal(401);
  });

  it("the type may stand in a header, and headers may be fields of the data", async () => {
    const Pushed = event("Pushed", z.object({ ref: z.string() }));
    const verify = github({ secret: "s" });
    const fixture = hookOf(
      webhook("POST /hooks/x", { events: { push: Pushed }, by: "header:X-GitHub-Event", otherwise: "accept", verify }),
      { secret },
    );
    const post = (id: string, type: string) =>
      fixture.post({
        ...headers({ "X-Hub-Signature-256": `sha256=${mac('{"ref":"r"}')}`, "X-GitHub-Delivery": id, "X-GitHub-Event": type }),
        body: '{"ref":"r"}',
      });
    accepted(await post("1", "push"));
    expect((await post("2", "ping")).statusCode).to.equal(202);
    expect(fixture.bus.entries.map(({ detailType }) => detailType)).to.deep.equal(["Pushed"]);

    const Changed = event("Changed", z.object({ topic: z.string(), shop: z.string(), tag: z.string().optional(), id: z.int() }));
    const shop = hookOf(
      webhook("POST /hooks/x", {
        emits: Changed,
        headers: { topic: "X-Shopify-Topic", shop: "X-Shopify-Shop-Domain", tag: "x-tag" },
        verify: shopify({ secret: "s" }),
      }),
      { secret },
    );
    const call = (more: Record<string, string>) => ({
      ...headers({ "x-shopify-hmac-sha256": mac('{"id":1}', "base64"), "x-shopify-webhook-id": "w", ...more }),
      body: '{"id":1}',
    });
    accepted(await shop.post(call({ "X-Shopify-Topic": "orders/paid", "x-shopify-shop-domain": "a.myshopify.com" })));
    expect(shop.bus.events.map(({ detail }) => detail.data)).to.deep.equal([
      { id: 1, topic: "orders/paid", shop: "a.myshopify.com" },
    ]);
    expect((await shop.post(call({ "X-Shopify-Topic": "orders/paid" }))).statusCode).to.equal(400);
  });

  it("the sender's own answer goes to ignored calls as well", async () => {
    const fixture = hookOf(
      webhook("POST /hooks/x", {
        events: { a: CustomerChanged },
        by: "body:type",
        otherwise: "accept",
        verify: slack({ secret: "s" }),
      }),
      { secret },
    );
    const body = '{"type":"b"}';
    const sent = { "x-slack-request-timestamp": String(NOW), "x-slack-signature": `v0=${mac(`v0:${NOW}:${body}`)}` };
    const answer = await fixture.post({ ...headers(sent), body });
    expect([answer.statusCode, answer.body]).to.deep.equal([200, ""]);
  });
});

describe("webhook / a repetition that equal content alone shows", () => {
  const any = event("Any", z.looseObject({}));
  it("is logged at warn with both ids, and counted, when it comes under another id", async () => {
    const fixture = hookOf(webhook("POST /hooks/x", { emits: any, verify: github({ secret: "s", identicalBodies: "replay" }) }), {
      secret,
    });
    const post = async (id: string) =>
      accepted(
        await fixture.post({ ...headers({ "x-hub-signature-256": `sha256=${mac("{}")}`, "x-github-delivery": id }), body: "{}" }),
      );
    await post("d-1");
    await post("d-1");
    expect(fixture.lines.filter(({ level }) => level === "warn")).to.deep.equal([]);
    await post("d-2");
    expect(fixture.lines.find(({ level }) => level === "warn")).to.include({
      delivery: "d-2",
      firstDelivery: "d-1",
      event: "Any",
    });
    expect(fixture.lines.filter(({ WebhooksEqualToEarlier }) => WebhooksEqualToEarlier === 1)).to.have.length(1);
  });

  it("is logged with the ids of the calls where the sender has none", async () => {
    const fixture = hookOf(webhook("POST /hooks/x", { emits: any, verify: hmac({ secret: "s", header: "x-mac" }) }), { secret });
    for (let call = 0; call < 2; call += 1) accepted(await fixture.post({ ...headers({ "x-mac": mac("{}") }), body: "{}" }));
    expect(fixture.lines.find(({ level }) => level === "warn")).to.include({ delivery: "gw-2", firstDelivery: "gw-1" });
  });

  it("is no repetition for GitHub and Twilio, which name their deliveries", async () => {
    const body = '{"inputs":null,"ref":"refs/heads/main","workflow":".github/workflows/x.yml"}';
    const dispatch = hookOf(webhook("POST /hooks/x", { emits: any, verify: github({ secret: "s" }) }), { secret });
    for (const id of ["d-1", "d-2", "d-1"])
      accepted(
        await dispatch.post({ ...headers({ "x-hub-signature-256": `sha256=${mac(body)}`, "x-github-delivery": id }), body }),
      );
    expect(dispatch.bus.events).to.have.length(2);
  });
});
