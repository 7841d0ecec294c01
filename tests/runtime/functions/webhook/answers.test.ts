import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, hmac, mercadoPago, meta, type Signature, slack, twilio } from "../../../../model/index.ts";
import { headers, hook, NOW } from "./support.ts";

const KEY = "k";
const mac = (text: string) => createHmac("sha256", KEY).update(text).digest("hex");
const Any = event("Any", z.looseObject({}));
const open = (verify: Signature) => hook(verify, Any, { secret: { current: KEY, verifyToken: "v" } });
const twilioCall = (body: string) => ({
  ...headers({
    "x-twilio-signature": createHmac("sha1", KEY)
      .update(`https://api.example.com/v1/hooks/x${[...new URLSearchParams(body)].sort().flat().join("")}`)
      .digest("base64"),
  }),
  body,
});

describe("webhook / answers", () => {
  it("of Slack's commands are 200 and empty", async () => {
    const body = "token=t&command=%2Fweather&text=94070&trigger_id=1.2";
    const sent = { "x-slack-request-timestamp": String(NOW), "x-slack-signature": `v0=${mac(`v0:${NOW}:${body}`)}` };
    const fixture = open(slack({ secret: "s", body: "form" }));
    for (let call = 0; call < 2; call += 1) {
      const { statusCode, body: text, headers: names } = await fixture.post({ ...headers(sent), body });
      expect([statusCode, text]).to.deep.equal([200, ""]);
      expect(names).to.have.property("x-request-id");
    }
    expect(fixture.bus.events).to.have.length(1);
  });

  it("of Twilio are TwiML, or 204 for JSON", async () => {
    const { statusCode, headers: names, body } = await open(twilio({ secret: "s" })).post(twilioCall("CallSid=CA1&Digits=1"));
    expect([statusCode, names["content-type"], body]).to.deep.equal([200, "text/xml", "<Response/>"]);
    expect(twilio({ secret: "s", body: "json" }).answer).to.deep.equal({ status: 204, body: "" });
  });

  it("of Mercado Pago and Meta are 200 with JSON", async () => {
    const pago = await open(mercadoPago({ secret: "s" })).post({
      ...headers({ "x-signature": `ts=${NOW},v1=${mac(`id:1;request-id:r;ts:${NOW};`)}`, "x-request-id": "r" }),
      multiValueQueryStringParameters: { "data.id": ["1"] },
      body: '{"data":{"id":"1"}}',
    });
    const whatsApp = await open(meta({ secret: "s" })).post({
      ...headers({ "x-hub-signature-256": `sha256=${mac("{}")}` }),
      body: "{}",
    });
    for (const { statusCode, body } of [pago, whatsApp]) {
      expect(statusCode).to.equal(200);
      expect(JSON.parse(body)).to.have.property("status", "accepted");
    }
  });

  it("are declared for any other sender", async () => {
    const answer = { status: 201, contentType: "application/xml", body: "<ok/>" };
    const call = { ...headers({ "x-mac": mac("{}") }), body: "{}" };
    const taken = await open(hmac({ secret: "s", header: "x-mac", answer })).post(call);
    expect([taken.statusCode, taken.headers["content-type"], taken.body]).to.deep.equal([201, "application/xml", "<ok/>"]);
    const usual = await open(hmac({ secret: "s", header: "x-mac" })).post(call);
    expect(usual.statusCode).to.equal(202);
  });

  it("to what is refused stay problems", async () => {
    const answer = await open(slack({ secret: "s" })).post({ body: "{}" });
    expect([answer.statusCode, answer.headers["content-type"]]).to.deep.equal([401, "application/problem+json"]);
  });
});
