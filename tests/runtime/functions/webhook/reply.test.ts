import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  checkFlow,
  event,
  flow,
  hmac,
  RetryLaterError,
  step,
  TerminalError,
  twilio,
  type WebhookContext,
  webhook,
} from "../../../../model/index.ts";
import { headers, hookOf } from "./support.ts";

const KEY = "k";
const Opened = event("Opened", z.object({ view: z.string(), retries: z.int().default(0) }));
type Handler = (data: { view: string; retries: number }, tools: WebhookContext) => unknown;
const verify = hmac({ secret: "s", header: "x-mac", deliveryId: ["body:view"] });
const open = (handler: Handler) =>
  hookOf(webhook("POST /hooks/x", { mode: "sync", emits: Opened, verify, handler: handler as never }), {
    secret: { current: KEY },
  });
const call = (data: unknown, key = KEY) => {
  const body = JSON.stringify(data);
  return { ...headers({ "x-mac": createHmac("sha256", key).update(body).digest("hex") }), body };
};

describe("webhook / answers by a handler", () => {
  it("hold status, content type and body, and the event is on the bus", async () => {
    const seen: unknown[] = [];
    const fixture = open((data, { requestId, tenant }) => {
      seen.push([data, tenant, requestId]);
      return { status: 201, contentType: "application/json; charset=utf-8", body: '{"response_action":"clear"}' };
    });
    const answer = await fixture.post(call({ view: "v1" }));
    expect([answer.statusCode, answer.headers["content-type"], answer.body]).to.deep.equal([
      201,
      "application/json; charset=utf-8",
      '{"response_action":"clear"}',
    ]);
    expect(seen).to.deep.equal([[{ view: "v1", retries: 0 }, "webhook:payments.hook", answer.headers["x-request-id"]]]);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("are made again for a repeated delivery, whose event is not published again", async () => {
    let calls = 0;
    const fixture = open(() => ({ body: `answer ${++calls}` }));
    const answers = [await fixture.post(call({ view: "v1" })), await fixture.post(call({ view: "v1" }))];
    expect(answers.map(({ statusCode, body }) => [statusCode, body])).to.deep.equal([
      [200, "answer 1"],
      [200, "answer 2"],
    ]);
    expect(new Set(answers.map((answer) => answer.headers["x-request-id"])).size).to.equal(1);
    expect(fixture.bus.events).to.have.length(1);
  });

  it("are asked for after the signature and the schema were verified", async () => {
    const fixture = open(() => expect.fail("called"));
    expect((await fixture.post(call({ view: "v1" }, "wrong"))).statusCode).to.equal(401);
    expect((await fixture.post(call({ view: 1 }))).statusCode).to.equal(400);
  });

  it("do not change the event", async () => {
    const fixture = open((data) => {
      data.view = "changed";
      return { body: "" };
    });
    const answer = await fixture.post(call({ view: "v1" }));
    expect([answer.statusCode, answer.body]).to.deep.equal([200, ""]);
    expect(JSON.stringify(fixture.bus.events)).to.include("v1").and.not.to.include("changed");
  });

  const failures: readonly (readonly [string, Handler, number, string | undefined, code?: string])[] = [
    ["an error", () => Promise.reject(new Error("down")), 503, "5"],
    [
      "RetryLaterError",
      () => {
        throw new RetryLaterError("busy", { after: "2 minutes" });
      },
      503,
      "120",
    ],
    [
      "TerminalError",
      () => {
        throw new TerminalError("no such call", { code: "NO_CALL" });
      },
      422,
      undefined,
      "NO_CALL",
    ],
    ["no reply", () => undefined, 503, "5"],
    ["a body that is no text", () => ({ body: { a: 1 } }), 503, "5"],
    ["a status that is none of success", () => ({ status: 302, body: "" }), 503, "5"],
    ["a body with 204", () => ({ status: 204, body: "x" }), 503, "5"],
    ["a content type with a line break", () => ({ contentType: "text/xml\r\nx: y", body: "x" }), 503, "5"],
  ];
  for (const [what, handler, status, retryAfter, code] of failures) {
    it(`with ${what} become ${status}, and nothing is published, so that a repeated call is a first one`, async () => {
      const fixture = open(handler);
      const answer = await fixture.post(call({ view: "v1" }));
      expect([answer.statusCode, answer.headers["retry-after"]]).to.deep.equal([status, retryAfter]);
      expect(answer.headers["content-type"]).to.equal("application/problem+json");
      if (status === 503) expect(answer.body).not.to.include("down");
      expect(JSON.parse(answer.body).code).to.equal(code);
      expect(fixture.bus.events).to.deep.equal([]);
    });
  }

  it("take status and content type of the preset", async () => {
    const fixture = hookOf(
      webhook("POST /hooks/x", {
        mode: "sync",
        emits: event("Called", z.looseObject({})),
        verify: twilio({ secret: "s" }),
        handler: ({ Digits }) => ({ body: `<Response><Say>${String(Digits)}</Say></Response>` }),
      }),
      { secret: { current: KEY } },
    );
    const answer = await fixture.post({
      ...headers({
        "x-twilio-signature": createHmac("sha1", KEY).update("https://api.example.com/v1/hooks/xDigits1").digest("base64"),
      }),
      body: "Digits=1",
    });
    expect([answer.statusCode, answer.headers["content-type"], answer.body]).to.deep.equal([
      200,
      "text/xml",
      "<Response><Say>1</Say></Response>",
    ]);
  });

  it("are refused at load without a handler, or for lists and several types", () => {
    const problems = (options: object) =>
      checkFlow(
        flow("calls", {
          summary: "s",
          owner: "o",
          triggers: { hook: webhook("POST /hooks/x", { emits: Opened, verify, ...options } as never) },
          steps: { note: step({ on: Opened, emits: [], handler: () => [] }) },
        } as never) as never,
      ).map(({ code, fact }) => `${code}: ${fact}`);
    const handler = () => ({ body: "" });
    expect(problems({ mode: "sync", handler })).to.deep.equal([]);
    expect(problems({ mode: "sync" })).to.deep.equal(["WEBHOOK: mode and handler come together"]);
    expect(problems({ handler })).to.deep.equal(["WEBHOOK: mode and handler come together"]);
    expect(problems({ mode: "sync", handler, batch: true })).to.deep.equal([
      "WEBHOOK: a handler makes the answer to one event of one type",
    ]);
  });
});
