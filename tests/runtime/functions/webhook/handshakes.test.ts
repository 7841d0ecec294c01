import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { dropbox, event, handshakeRoute, hmac, microsoftGraph, trello, twitch, webhook, zoom } from "../../../../model/index.ts";
import { accepted, headers, hook, hookOf, NOW } from "./support.ts";

const KEY = "k";
const hex = (text: string) => createHmac("sha256", KEY).update(text).digest("hex");
const Any = event("Any", z.looseObject({}));
const secret = { current: KEY };

const zoomCall = (value: unknown, signature?: string) => {
  const body = JSON.stringify(value);
  return {
    ...headers({ "x-zm-request-timestamp": String(NOW), "x-zm-signature": signature ?? `v0=${hex(`v0:${NOW}:${body}`)}` }),
    body,
  };
};
const twitchCall = (type: string, value: unknown, id = "m-1", at = new Date(NOW * 1_000).toISOString()) => {
  const body = JSON.stringify(value);
  return {
    ...headers({
      "Twitch-Eventsub-Message-Id": id,
      "Twitch-Eventsub-Message-Timestamp": at,
      "Twitch-Eventsub-Message-Type": type,
      "Twitch-Eventsub-Message-Signature": `sha256=${hex(`${id}${at}${body}`)}`,
    }),
    body,
  };
};

describe("webhook / handshakes", () => {
  it("Zoom's signed question gets its token and the HMAC of it, and starts nothing", async () => {
    const fixture = hook(zoom({ secret: "s" }), Any, { secret });
    const asked = { event: "endpoint.url_validation", payload: { plainToken: "qgg8vlvZRS6UYooatFL8Aw" }, event_ts: 1 };
    const answer = await fixture.post(zoomCall(asked));
    expect(answer.statusCode).to.equal(200);
    expect(JSON.parse(answer.body)).to.deep.equal({
      plainToken: "qgg8vlvZRS6UYooatFL8Aw",
      encryptedToken: hex("qgg8vlvZRS6UYooatFL8Aw"),
    });
    expect(fixture.bus.entries).to.deep.equal([]);
    // Else anyone could have the hub sign a text.
    expect((await fixture.post(zoomCall(asked, "v0=00"))).statusCode).to.equal(401);
    expect((await fixture.post(zoomCall({ ...asked, payload: { plainToken: `v0:${NOW}:{}` } }))).statusCode).to.equal(400);
    accepted(await fixture.post(zoomCall({ event: "meeting.started", event_ts: 2 })), 200);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("Twitch's challenge is returned; a revocation is logged; a notification is published once", async () => {
    const fixture = hook(twitch({ secret: "s" }), Any, { secret });
    const challenge = await fixture.post(
      twitchCall("webhook_callback_verification", { challenge: "pogchamp-kappa-360noscope-vohiyo" }),
    );
    expect([challenge.statusCode, challenge.body]).to.deep.equal([200, "pogchamp-kappa-360noscope-vohiyo"]);
    const revoked = { subscription: { type: "channel.follow", status: "authorization_revoked" } };
    expect((await fixture.post(twitchCall("revocation", revoked))).statusCode).to.equal(200);
    expect(fixture.lines.find(({ level }) => level === "warn")).to.include({
      subscription: "channel.follow",
      reason: "authorization_revoked",
    });
    const first = accepted(await fixture.post(twitchCall("notification", { event: {} }, "m-2")));
    const late = new Date((NOW + 590) * 1_000).toISOString();
    expect(accepted(await fixture.post(twitchCall("notification", { event: {} }, "m-2", late)))).to.equal(first);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("an RFC 3339 time beyond the tolerance, or of another form, is refused", async () => {
    const fixture = hook(twitch({ secret: "s" }), Any, { secret });
    const at = (seconds: number) => new Date((NOW + seconds) * 1_000).toISOString();
    for (const time of [at(-601), at(601), String(NOW), "2026-11-24", "2026-11-24T10:00:00", "yesterday", ""])
      expect((await fixture.post(twitchCall("notification", {}, "m", time))).statusCode, time).to.equal(401);
    for (const time of ["2026-11-24T10:00:00.123456789Z", "2026-11-24T11:00:00+01:00"])
      expect((await fixture.post(twitchCall("notification", {}, `m${time}`, time))).statusCode, time).to.equal(202);
  });

  it("Dropbox's GET gets its challenge, Trello's HEAD 200, on routes of their own", async () => {
    const box = hook(dropbox({ secret: "s" }), Any, { secret });
    const answer = await box.post({ httpMethod: "GET", multiValueQueryStringParameters: { challenge: ["abc-1"] } });
    expect([answer.statusCode, answer.body, answer.headers["x-content-type-options"]]).to.deep.equal([200, "abc-1", "nosniff"]);
    for (const challenge of [["<script>"], ["a", "b"], []])
      expect((await box.post({ httpMethod: "GET", multiValueQueryStringParameters: { challenge } })).statusCode).to.equal(400);
    const board = hook(trello({ secret: "s" }), Any, { secret });
    expect((await board.post({ httpMethod: "HEAD" })).statusCode).to.equal(200);
    expect((await board.post({ httpMethod: "POST", body: "{}" })).statusCode).to.equal(401);
    const routes = [dropbox({ secret: "s" }), trello({ secret: "s" }), zoom({ secret: "s" })].map((verify) =>
      handshakeRoute(webhook("POST /hooks/x", { emits: Any, verify })),
    );
    expect(routes).to.deep.equal(["GET /hooks/x", "HEAD /hooks/x", undefined]);
  });
});

describe("webhook / Microsoft Graph", () => {
  const graph = (keys: object = secret) =>
    hookOf(webhook("POST /hooks/x", { emits: Any, batch: "body:value", verify: microsoftGraph({ secret: "s" }) }), {
      secret: keys,
    });
  const item = (id: string | undefined, clientState: unknown = KEY) => ({ id, clientState, changeType: "updated" });
  const sent = (...value: readonly unknown[]) => ({ body: JSON.stringify({ value }) });

  it("its question by an unsigned POST is answered as plain text, and nothing that could be a page", async () => {
    const fixture = graph();
    const ask = (...validationToken: readonly string[]) =>
      fixture.post({ body: "", multiValueQueryStringParameters: { validationToken: [...validationToken] } });
    const token = "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e-096a";
    const answer = await ask(token);
    expect([answer.statusCode, answer.body]).to.deep.equal([200, token]);
    expect(answer.headers["content-type"]).to.match(/^text\/plain/);
    expect(answer.headers["x-content-type-options"]).to.equal("nosniff");
    for (const wrong of ["<script>alert(1)</script>", "", "a\nb", "x".repeat(1_025)])
      expect((await ask(wrong)).statusCode, wrong).to.equal(400);
    expect((await ask("a", "b")).statusCode).to.equal(400);
    expect(fixture.bus.entries).to.deep.equal([]);
  });

  it("each notification is one request; one of a wrong clientState refuses the whole call", async () => {
    const fixture = graph({ current: "new", previous: KEY });
    const post = async (...value: readonly unknown[]) => (await fixture.post(sent(...value))).statusCode;
    expect(await post(item("1"), item("2", "new"))).to.equal(202);
    expect(await post(item("2"), item("1"))).to.equal(202);
    expect(fixture.bus.events).to.have.length(2);
    for (const wrong of ["guess", undefined, null, 7, [KEY], ""]) {
      expect(await post(item("3"), { ...item("4"), clientState: wrong }), String(wrong)).to.equal(401);
    }
    for (const body of ['{"value":[]}', '{"value":{}}', "{}", "[]", "null", "no json", ""])
      expect((await fixture.post({ body })).statusCode, body).to.equal(401);
    expect(fixture.bus.events).to.have.length(2);
    // Without an id, two equal ones may be two changes.
    expect([await post(item(undefined)), await post(item(undefined))]).to.deep.equal([202, 202]);
    expect(fixture.bus.events).to.have.length(4);
  });
});

describe("webhook / keys", () => {
  it("more than two hold at once while they rotate", async () => {
    const verify = hmac({ secret: "s", header: "x-mac" });
    const fixture = hook(verify, Any, {
      secret: { current: "a", previous: "b", previous2: "c", previousEu: "d", verifyToken: "e" },
    });
    const post = (key: string) => {
      const body = JSON.stringify({ key });
      return fixture.post({ ...headers({ "x-mac": createHmac("sha256", key).update(body).digest("hex") }), body });
    };
    for (const key of ["a", "b", "c", "d"]) accepted(await post(key));
    for (const key of ["e", "f"]) expect((await post(key)).statusCode).to.equal(401);
  });
});
