import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, hmac, hubSpot, webhook } from "../../../../model/index.ts";
import { headers, hookOf, NOW } from "./support.ts";

const KEY = "k";
const secret = { current: KEY };
const mac = (text: string, encoding: "hex" | "base64" = "hex") => createHmac("sha256", KEY).update(text).digest(encoding);
const ContactChanged = event("ContactChanged", z.object({ objectId: z.int(), subscriptionType: z.string() }));
const DealChanged = event("DealChanged", z.object({ objectId: z.int() }));

const item = (eventId: number, subscriptionType = "contact.created") => ({
  eventId,
  subscriptionId: 1,
  occurredAt: 1_700_000_000_000,
  objectId: eventId,
  subscriptionType,
});
const requestIds = (answer: { readonly body: string }) =>
  (JSON.parse(answer.body) as { readonly requestIds: string[] }).requestIds;

const open = () => {
  const fixture = hookOf(
    webhook("POST /hooks/x", {
      events: { "contact.created": ContactChanged, "deal.created": DealChanged },
      by: "body:subscriptionType",
      otherwise: "accept",
      batch: true,
      verify: hubSpot({ secret: "s" }),
    }),
    { secret },
  );
  const post = (items: unknown) => {
    const body = JSON.stringify(items);
    const signature = mac(`POSThttps://api.example.com/v1/hooks/x${body}${NOW}000`, "base64");
    return fixture.post({
      ...headers({ "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": `${NOW}000` }),
      body,
    });
  };
  return { fixture, post };
};

describe("webhook / batches", () => {
  it("each item is one event and one request", async () => {
    const { fixture, post } = open();
    const answer = await post([item(1), item(2, "deal.created"), item(3)]);
    expect(answer.statusCode).to.equal(202);
    expect(new Set(requestIds(answer)).size).to.equal(3);
    expect(fixture.bus.entries.map(({ detailType }) => detailType)).to.deep.equal([
      "ContactChanged",
      "DealChanged",
      "ContactChanged",
    ]);
    expect(fixture.bus.events.map(({ detail }) => detail.metadata.requestId)).to.deep.equal(requestIds(answer));
  });

  it("an item that came before, in whatever list, is not published again", async () => {
    const { fixture, post } = open();
    const [first] = requestIds(await post([item(1), item(1)]));
    expect(fixture.bus.events).to.have.length(1);
    const again = await post([item(7), item(1)]);
    expect(requestIds(again)[1]).to.equal(first);
    expect(fixture.bus.events).to.have.length(2);
  });

  it("all items are taken or none", async () => {
    const { fixture, post } = open();
    const refused = await post([item(1), { ...item(2), objectId: "x" }]);
    expect(refused.statusCode).to.equal(400);
    expect(fixture.bus.entries).to.deep.equal([]);
    expect(fixture.table.items.size).to.equal(0);
    fixture.bus.down = true;
    expect((await post([item(1), item(2)])).statusCode).to.equal(503);
    fixture.bus.down = false;
    fixture.clock.time += 5_000;
    expect((await post([item(1), item(2)])).statusCode).to.equal(202);
    expect(fixture.bus.events).to.have.length(2);
  });

  it("no item is published while the table fails for one", async () => {
    const { fixture, post } = open();
    fixture.table.failures.push(undefined, new Error("down"));
    expect((await post([item(1), item(2)])).statusCode).to.equal(503);
    expect(fixture.bus.entries).to.deep.equal([]);
    expect((await post([item(1), item(2)])).statusCode).to.equal(202);
    expect(fixture.bus.events).to.have.length(2);
  });

  it("items of other types are ignored and counted; an empty list starts nothing", async () => {
    const { fixture, post } = open();
    const answer = await post([item(1, "ticket.created"), item(2)]);
    expect(requestIds(answer)).to.have.length(1);
    expect(fixture.lines.find(({ WebhooksIgnored }) => WebhooksIgnored === 1)).to.be.an("object");
    expect(JSON.parse((await post([])).body)).to.deep.equal({ requestIds: [], status: "ignored" });
  });

  it("a body that is no list is 400", async () => {
    const { post } = open();
    for (const body of [{}, null, "x", item(1)]) expect((await post(body)).statusCode).to.equal(400);
  });

  it("the list may be a field of the body; without an id the place in the list counts", async () => {
    const fixture = hookOf(
      webhook("POST /hooks/x", { emits: DealChanged, batch: "body:data.items", verify: hmac({ secret: "s", header: "x-mac" }) }),
      { secret },
    );
    const post = (value: unknown) => {
      const body = JSON.stringify(value);
      return fixture.post({ ...headers({ "x-mac": mac(body) }), body });
    };
    const sent = { data: { items: [{ objectId: 1 }, { objectId: 1 }] } };
    const first = requestIds(await post(sent));
    expect(new Set(first).size).to.equal(2);
    expect(requestIds(await post(sent))).to.deep.equal(first);
    expect(fixture.bus.events).to.have.length(2);
    expect((await post({ data: {} })).statusCode).to.equal(400);
  });
});
