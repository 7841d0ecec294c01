import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { LocalHub } from "../../local/hub.ts";
import { eventually } from "./client.ts";
import { record } from "./recorder.ts";
import { hubHere } from "./support.ts";

const root = join(import.meta.dirname, "webhooks");

describe("end to end / webhooks of each kind", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let stop: () => Promise<void>;
  const events: BusEvent[] = [];
  const denials: Denial[] = [];
  before(async () => {
    const options = { root, recording: await record({ root }), onDenied: (denial: Denial) => void denials.push(denial) };
    ({ hub, stop } = await hubHere(options));
    hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(() => stop?.());

  /** Makes the sandbox sign and send a webhook, and repeats it while the hub answers 503. */
  const send = (trigger: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    eventually(`${trigger} is accepted`, async () => {
      const answer = await fetch(`${hub.sandboxUrl}/_webhooks/hooks/${trigger}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      return answer.status === 503 ? undefined : answer;
    });
  const published = (requestId: string) =>
    events.filter((event) => {
      const { metadata } = event.detail as { readonly metadata: { readonly requestId: string } };
      return event["detail-type"] === "Told" && metadata.requestId === requestId;
    });

  const publishedCount = () => events.filter((event) => event["detail-type"] === "Told").length;

  const TEXT = "é + & \u{1F600} it's";
  const sent: readonly (readonly [string, Record<string, unknown>])[] = [
    ["github", { action: "opened", text: TEXT }],
    ["shopify", { id: 7, text: TEXT }],
    ["slack", { event_id: "Ev1", text: TEXT }],
    ["commands", { command: "/ship", trigger_id: "1.2", text: TEXT }],
    ["standard", { type: "user.created", text: TEXT }],
    ["twilio", { From: "+4912345", Body: TEXT, Media: ["b", "a"] }],
    ["status", { status: "delivered", text: TEXT }],
    ["mercadoPago", { type: "payment", data: { id: "PAY-1" } }],
    ["meta", { entry: [{ id: "1", text: TEXT }] }],
    ["parcels", { parcel: 1, text: TEXT }],
    ["gitlab", { object_kind: "push", text: TEXT }],
  ];
  const status = (trigger: string) =>
    ({ slack: 200, commands: 200, twilio: 200, status: 204, mercadoPago: 200, meta: 200 })[trigger] ?? 202;
  for (const [trigger, body] of sent) {
    it(`${trigger}: a webhook is published unchanged, and once however often it is sent`, async () => {
      const ids = {
        "x-shopify-webhook-id": "w-1",
        "webhook-id": "msg_1",
        "x-request-id": "r-1",
        "x-id": "i-1",
        "x-github-delivery": "d-1",
        "i-twilio-idempotency-token": "t-1",
      };
      const first = await send(trigger, body, { ...ids, "x-correlation-id": `c-${trigger}` });
      expect(first.status).to.equal(status(trigger));
      const again = await send(trigger, body, ids);
      expect([again.status, again.headers.get("x-correlation-id")]).to.deep.equal([status(trigger), `c-${trigger}`]);
      const requestId = first.headers.get("x-request-id") ?? expect.fail("no request id");
      expect(again.headers.get("x-request-id")).to.equal(requestId);
      expect(await again.text()).to.equal(await first.text());
      expect(published(requestId).map(({ detail }) => (detail as { readonly data: unknown }).data)).to.deep.equal([body]);
    });
    it(`${trigger}: an unsigned webhook is refused`, async () => {
      const route = { mercadoPago: "mp" }[trigger] ?? trigger;
      const before = publishedCount();
      const answer = await fetch(`${hub.url}/hooks/${route}`, { method: "POST", body: JSON.stringify(body) });
      expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([401, "application/problem+json"]);
      expect(publishedCount()).to.equal(before);
    });
  }

  it("gives Slack and Twilio the answer that they expect", async () => {
    const command = await send("commands", { command: "/weather", trigger_id: "2.3" });
    expect([command.status, await command.text()]).to.deep.equal([200, ""]);
    const gathered = await send("twilio", { CallSid: "CA1", Digits: "1" });
    expect([gathered.status, gathered.headers.get("content-type"), await gathered.text()]).to.deep.equal([
      200,
      "text/xml",
      "<Response/>",
    ]);
  });

  it("answers a voice call with what its handler makes, and publishes nothing when the handler fails", async () => {
    const ids = { "i-twilio-idempotency-token": "v-1" };
    const answers = [await send("voice", { From: "+49 1" }, ids), await send("voice", { From: "+49 1" }, ids)];
    for (const answer of answers)
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).to.deep.equal([
        200,
        "text/xml",
        "<Response><Say>Hello +49 1</Say></Response>",
      ]);
    const [first, again] = answers.map((answer) => answer.headers.get("x-request-id") ?? "");
    expect(again).to.equal(first);
    expect(published(first ?? "")).to.have.length(1);
    const before = publishedCount();
    const body = JSON.stringify({ From: "broken" });
    const failed = await fetch(`${hub.sandboxUrl}/_webhooks/hooks/voice`, { method: "POST", body });
    expect([failed.status, failed.headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect(publishedCount()).to.equal(before);
  });

  it("answers Slack's and Meta's challenges, and starts no request", async () => {
    const before = publishedCount();
    const slack = await send("slack", { type: "url_verification", challenge: "abc123" });
    expect([slack.status, await slack.text()]).to.deep.equal([200, "abc123"]);
    const meta = await send("meta/handshake", {});
    expect(meta.status).to.equal(200);
    expect(await meta.text()).to.match(/^\d+$/);
    const wrong = await fetch(`${hub.url}/hooks/meta?hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1`);
    expect([wrong.status, wrong.headers.get("content-type")]).to.deep.equal([403, "application/problem+json"]);
    expect(publishedCount()).to.equal(before);
  });

  it("answers the handshakes of Zoom, Twitch, Dropbox and Trello", async () => {
    const before = publishedCount();
    const zoom = await send("zoom", { event: "endpoint.url_validation", payload: { plainToken: "abc123" } });
    expect(zoom.status).to.equal(200);
    expect(await zoom.json()).to.have.property("plainToken", "abc123");
    const twitch = await send(
      "twitch",
      { challenge: "abc123" },
      { "twitch-eventsub-message-type": "webhook_callback_verification" },
    );
    expect([twitch.status, await twitch.text()]).to.deep.equal([200, "abc123"]);
    const dropbox = await send("dropbox/handshake", {});
    expect([dropbox.status, /^\d+$/.test(await dropbox.text())]).to.deep.equal([200, true]);
    expect((await send("trello/handshake", {})).status).to.equal(200);
    expect((await fetch(`${hub.url}/hooks/trello`, { method: "HEAD" })).status).to.equal(200);
    expect(publishedCount()).to.equal(before);
  });

  it("confirms Amazon SNS's subscription, and answers Microsoft Graph's question", async () => {
    const before = publishedCount();
    const sns = await send("sns", { Type: "SubscriptionConfirmation" });
    expect([sns.status, await sns.text()]).to.deep.equal([200, ""]);
    const graph = await send("graph/handshake", {});
    expect([graph.status, graph.headers.get("content-type")]).to.deep.equal([200, "text/plain; charset=utf-8"]);
    expect(await graph.text()).to.match(/^Validation: Testing client application reachability \d+$/);
    expect(publishedCount()).to.equal(before);
  });

  it("takes messages of Amazon SNS, PayPal, Mailgun, Adyen and Microsoft Graph as the sandbox signs them", async () => {
    const dataOf = async (trigger: string, body: unknown) => {
      const answer = await send(trigger, body);
      expect(answer.status, trigger).to.be.within(200, 202);
      const text = await answer.text();
      const listed = text.startsWith("{") ? (JSON.parse(text) as { requestIds?: readonly string[] }).requestIds : undefined;
      return (listed ?? [answer.headers.get("x-request-id") ?? ""]).flatMap((requestId) =>
        published(requestId).map(({ detail }) => (detail as { readonly data: Record<string, unknown> }).data),
      );
    };
    expect((await dataOf("sns", { order: 7 }))[0]).to.include({ Type: "Notification", Message: '{"order":7}' });
    expect(await dataOf("paypal", { id: "WH-1" })).to.deep.equal([{ id: "WH-1" }]);
    expect((await dataOf("mailgun", { "event-data": { event: "opened" } }))[0]).to.deep.include({
      "event-data": { event: "opened" },
    });
    const items = ["1", "2"].map((id) => ({ id, changeType: "updated" }));
    expect((await dataOf("graph", { value: items })).map(({ id }) => id)).to.deep.equal(["1", "2"]);
    // Adyen's answer is a fixed text.
    const before = publishedCount();
    const item = { NotificationRequestItem: { pspReference: "p-1", eventCode: "AUTHORISATION", success: "true" } };
    expect(await (await send("adyen", { notificationItems: [item, item] })).text()).to.equal("[accepted]");
    expect(publishedCount()).to.equal(before + 1);
  });

  it("publishes each item of a list, once however often it is sent", async () => {
    const items = [1, 2].map((eventId) => ({ eventId, subscriptionId: 1, occurredAt: 1_700_000_000_000 }));
    const first = (await (await send("hubspot", items)).json()) as { readonly requestIds: readonly string[] };
    const again = (await (await send("hubspot", [...items].reverse())).json()) as { readonly requestIds: readonly string[] };
    expect([...again.requestIds].reverse()).to.deep.equal(first.requestIds);
    expect(first.requestIds.map((requestId) => published(requestId).length)).to.deep.equal([1, 1]);
  });

  it("has no GET route for a webhook without a GET handshake", async () => {
    const answer = await fetch(`${hub.url}/hooks/github?hub.mode=subscribe&hub.challenge=1`);
    expect([answer.status, answer.headers.get("allow")]).to.deep.equal([405, "POST"]);
  });

  it("makes no call that is denied", () => {
    expect(denials).to.deep.equal([]);
  });
});
