import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, hmac, meta, slack, twilio } from "../../../../model/index.ts";
import { accepted, headers, hook, NOW } from "./support.ts";

const KEY = "k";
const hex = (text: string) => createHmac("sha256", KEY).update(text).digest("hex");
const slackCall = (body: string) => ({
  ...headers({ "x-slack-request-timestamp": String(NOW), "x-slack-signature": `v0=${hex(`v0:${NOW}:${body}`)}` }),
  body,
});

describe("webhook / forms", () => {
  const Sms = event("Sms", z.object({ From: z.string(), Body: z.string(), Media: z.array(z.string()).optional() }));
  const sms = (fields: readonly (readonly [string, string])[]) => {
    const body = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString();
    const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
    const signature = createHmac("sha1", KEY)
      .update(`https://api.example.com/v1/hooks/x${sorted.join("")}`)
      .digest("base64");
    return { ...headers({ "x-twilio-signature": signature }), body };
  };
  const open = () => hook(twilio({ secret: "s" }), Sms, { secret: { current: KEY } });

  it("are the event's data: texts, and lists where a field comes more than once", async () => {
    const fixture = open();
    const text = "é + & = \u{1F600}";
    accepted(
      await fixture.post(
        sms([
          ["From", "+4912345"],
          ["Body", text],
          ["Media", "a"],
          ["Media", "b"],
        ]),
      ),
      200,
    );
    expect(fixture.bus.events[0]?.detail.data).to.eql({ From: "+4912345", Body: text, Media: ["a", "b"] });
  });

  it("come in base64, too, and whatever content type the call claims", async () => {
    const fixture = open();
    const call = sms([
      ["From", "1"],
      ["Body", "hi"],
    ]);
    const body = Buffer.from(call.body).toString("base64");
    accepted(
      await fixture.post({
        ...call,
        headers: { ...call.headers, "content-type": "application/json" },
        body,
        isBase64Encoded: true,
      }),
      200,
    );
  });

  it("that lack a field, or are none, are 400", async () => {
    for (const fields of [
      [["From", "1"]],
      [],
      [
        ["__proto__", "x"],
        ["From", "1"],
        ["Body", "b"],
      ],
    ] as [string, string][][])
      expect((await open().post(sms(fields))).statusCode).to.equal(400);
  });

  it("may hold JSON in their field payload", async () => {
    const Pressed = event("Pressed", z.object({ trigger_id: z.string(), type: z.string() }));
    const fixture = hook(slack({ secret: "s", body: "form-payload" }), Pressed, { secret: { current: KEY } });
    const payload = { trigger_id: "1.2", type: "block_actions" };
    accepted(await fixture.post(slackCall(new URLSearchParams({ payload: JSON.stringify(payload) }).toString())), 200);
    expect(fixture.bus.events[0]?.detail.data).to.eql(payload);
    for (const body of ["payload=%7B", "payload=%7B%7D&payload=%7B%7D", "other=1", '{"trigger_id":"1","type":"x"}'])
      expect((await fixture.post(slackCall(body))).statusCode, body).to.equal(400);
  });

  it("are not taken for JSON, nor JSON for a form: the declaration says which it is", async () => {
    const Any = event("Any", z.looseObject({}));
    const json = hook(hmac({ secret: "s", header: "x-mac" }), Any, { secret: { current: KEY } });
    const answer = await json.post({
      ...headers({ "x-mac": hex("a=1"), "content-type": "application/x-www-form-urlencoded" }),
      body: "a=1",
    });
    expect(answer.statusCode).to.equal(400);
  });
});

describe("webhook / Slack's handshake", () => {
  const Mentioned = event("Mentioned", z.object({ event_id: z.string() }));
  const open = () => hook(slack({ secret: "s" }), Mentioned, { secret: { current: KEY } });
  const verification = (challenge: unknown) => JSON.stringify({ token: "t", challenge, type: "url_verification" });

  it("is answered with the challenge, as plain text, and starts nothing", async () => {
    const fixture = open();
    const answer = await fixture.post(slackCall(verification("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")));
    expect(answer.statusCode).to.equal(200);
    expect(answer.headers).to.include({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    expect(answer.body).to.equal("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    expect(fixture.bus.entries).to.eql([]);
    expect(fixture.table.items.size).to.equal(0);
  });

  it("has to be signed", async () => {
    const answer = await open().post({ ...slackCall(verification("abc")), body: verification("abd") });
    expect(answer.statusCode).to.equal(401);
    expect(answer.body).not.to.include("abd");
  });

  it("repeats nothing that is no challenge", async () => {
    for (const challenge of ["<script>alert(1)</script>", "", "a b", "x".repeat(513), 7, null, undefined, ["a"], "a\nb"]) {
      const answer = await open().post(slackCall(verification(challenge)));
      expect(answer.statusCode, String(challenge)).to.equal(400);
      expect(answer.body).not.to.include("<script>");
    }
  });

  it("is not answered for a scheme without handshake", async () => {
    const fixture = hook(hmac({ secret: "s", header: "x-mac" }), Mentioned, { secret: { current: KEY } });
    const body = verification("abc");
    expect((await fixture.post({ ...headers({ "x-mac": hex(body) }), body })).statusCode).to.equal(400);
  });
});

describe("webhook / Meta's handshake", () => {
  const Changed = event("Changed", z.object({ entry: z.array(z.unknown()) }));
  const open = (secret: object = { current: KEY, verifyToken: "v-t0ken" }) => hook(meta({ secret: "s" }), Changed, { secret });
  const get = (fixture: ReturnType<typeof open>, query: Record<string, string[]>) =>
    fixture.post({ httpMethod: "GET", multiValueQueryStringParameters: query });
  const asked = { "hub.mode": ["subscribe"], "hub.verify_token": ["v-t0ken"], "hub.challenge": ["1158201444"] };

  it("is answered with the challenge, as plain text, when the token matches", async () => {
    const fixture = open();
    const answer = await get(fixture, asked);
    expect([answer.statusCode, answer.headers["content-type"], answer.body]).to.eql([
      200,
      "text/plain; charset=utf-8",
      "1158201444",
    ]);
    expect(fixture.bus.entries).to.eql([]);
  });

  const refused: readonly (readonly [string, number, Record<string, string[]>])[] = [
    ["another token", 403, { ...asked, "hub.verify_token": ["v-t0kem"] }],
    ["the signing key for a token", 403, { ...asked, "hub.verify_token": [KEY] }],
    ["no token", 403, { "hub.mode": ["subscribe"], "hub.challenge": ["1"] }],
    ["two tokens", 403, { ...asked, "hub.verify_token": ["v-t0ken", "v-t0ken"] }],
    ["another mode", 403, { ...asked, "hub.mode": ["unsubscribe"] }],
    ["a page for a challenge", 400, { ...asked, "hub.challenge": ["<b>1</b>"] }],
    ["two challenges", 400, { ...asked, "hub.challenge": ["1", "2"] }],
    ["nothing", 403, {}],
  ];
  for (const [what, status, query] of refused) {
    it(`is refused with ${what}`, async () => {
      const fixture = open();
      const answer = await get(fixture, query);
      expect(answer.statusCode).to.equal(status);
      expect(answer.headers["content-type"]).to.equal("application/problem+json");
      expect(answer.body).not.to.include("<b>").and.not.include("v-t0k");
      expect(JSON.stringify(fixture.lines)).not.to.include("v-t0k");
    });
  }

  it("knows a token that was put in since, though it does not read the secret for every call", async () => {
    const fixture = open();
    expect((await get(fixture, asked)).statusCode).to.equal(200);
    fixture.secrets.set("arn:secret", JSON.stringify({ current: KEY, verifyToken: "next" }));
    const next = { ...asked, "hub.verify_token": ["next"] };
    expect((await get(fixture, next)).statusCode).to.equal(403);
    fixture.clock.time += 31_000;
    expect((await get(fixture, next)).statusCode).to.equal(200);
    for (let i = 0; i < 5; i += 1) await get(fixture, asked);
    expect(fixture.secretReads).to.have.length(2);
  });

  it("is an error of the hub's where the secret holds no token", async () => {
    for (const secret of [{ current: KEY }, { current: KEY, verifyToken: "" }])
      expect((await get(open(secret), { ...asked, "hub.verify_token": [""] })).statusCode).to.equal(500);
  });

  it("does not make a GET of what has to be signed", async () => {
    const fixture = open();
    const body = '{"entry":[]}';
    const answer = await fixture.post({ httpMethod: "POST", multiValueQueryStringParameters: asked, body });
    expect(answer.statusCode).to.equal(401);
    accepted(await fixture.post({ ...headers({ "x-hub-signature-256": `sha256=${hex(body)}` }), body }), 200);
  });
});
