import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, hmac, step, TerminalError, webhook } from "../../../model/index.ts";
import { serveSync } from "../../../runtime/index.ts";
import type { ProxyEvent } from "../../../runtime/lambda.ts";
import type { Recorded } from "../../../runtime/tracing/recorder.ts";
import type { Span } from "../../../runtime/tracing/span.ts";
import * as makers from "../../../runtime/tracing/span-makers.ts";
import { attemptSpanId, eventSpanId, traceIdOf } from "../../../runtime/tracing/trace-ids.ts";
import { validatorsOf } from "../../../runtime/validators.ts";
import { context, fakeDependencies } from "../fakes/dependencies.ts";
import { headers, hookOf, proxy } from "../functions/webhook/support.ts";
import { ownTracer } from "./own-tracer.ts";

const Asked = event("Asked", z.object({ id: z.string(), email: z.string().meta({ personal: true }) }));
const tracer = ownTracer("quotes");
const BODY = JSON.stringify({ id: "1", email: "ann@example.com" });
const FLOW = { summary: "", owner: "" };

/** Services with traces. @param share of the requests */
function traced(share: number) {
  const around = fakeDependencies({ flow: "quotes", secrets: { s: "arn:secret" } });
  const spans: Span[] = [];
  const send = async (recorded: readonly Recorded[]) => void spans.push(...recorded.map(({ make }) => make(makers)));
  return { around: { ...around, services: { ...around.services, tracing: { share, send } } }, spans };
}

/** Works in a span of its own, over a wait. */
const inSpan = (work: () => unknown) =>
  tracer.startActiveSpan("price", async (span) => {
    await Promise.resolve();
    span.end();
    await work();
  });

/** @returns the spans of a call of a synchronous endpoint with this handler, and its status */
async function endpoint(work: () => unknown = () => {}, share = 1) {
  const { around, spans } = traced(share);
  const quotes = flow("quotes", {
    ...FLOW,
    triggers: {
      ask: api("POST /ask", {
        mode: "sync",
        request: z.object({ id: z.string(), email: z.string().meta({ personal: true }) }),
        answers: z.object({}),
        emits: Asked,
        handler: async (asked) => {
          await inSpan(work);
          return { answer: {}, event: Asked(asked) };
        },
      }),
    },
    steps: { ignore: step({ on: Asked, emits: [], handler: () => [] }) },
  });
  const call = proxy({ headers: { "content-type": "application/json" }, body: BODY }, "r-1");
  const authorised = { ...call, requestContext: { ...call.requestContext, authorizer: { tenant: "t" } } };
  const answer = await serveSync(
    quotes,
    "ask",
    validatorsOf(quotes, {}, {}, ["email"]),
    () => around.services,
  )(authorised, context());
  return { spans, status: (answer as { readonly statusCode: number }).statusCode };
}

/** @returns the spans of a webhook that is sent once for each work of its handler, and the ids of the request */
async function delivered(works: readonly (() => unknown)[], share = 1) {
  const { around, spans } = traced(share);
  const left = [...works];
  const trigger = webhook("POST /hooks/x", {
    mode: "sync",
    emits: Asked,
    verify: hmac({ secret: "s", header: "x-mac", deliveryId: ["body:id"] }),
    handler: async () => {
      await inSpan(left.shift() ?? expect.fail("called too often"));
      return { body: "yes" };
    },
  });
  const { post } = hookOf(trigger, { secret: { current: "k" }, flow: "quotes", around: around as never });
  const signed: Partial<ProxyEvent> = {
    ...headers({ "x-mac": createHmac("sha256", "k").update(BODY).digest("hex") }),
    body: BODY,
  };
  const statuses: number[] = [];
  let requestId = "";
  for (const _ of works) {
    const answer = await post(signed);
    statuses.push(answer.statusCode);
    requestId = answer.headers["x-request-id"] ?? "";
  }
  return { spans, statuses, requestId };
}

const named = (spans: readonly Span[], name: string) => spans.filter((span) => span.name === name);

describe("spans of a handler that answers a call", () => {
  it("of a synchronous endpoint lie below the answer, and that below the first event", async () => {
    const { spans } = await endpoint();
    const [answer] = named(spans, "answer ask");
    expect(answer).to.deep.include({
      ...{
        traceId: traceIdOf("r-1"),
        spanId: attemptSpanId("r-1", "trigger:ask", "r-1", 1),
        parentId: eventSpanId("r-1"),
        kind: 2,
      },
      attributes: {
        ...{ "hub.request_id": "r-1", "hub.correlation_id": "r-1", "hub.flow": "quotes" },
        ...{ "hub.tenant": "t", "hub.step": "trigger:ask" },
      },
    });
    expect(named(spans, "price")[0]).to.deep.include({ traceId: traceIdOf("r-1"), parentId: answer?.spanId });
    expect(named(spans, "publish Asked")[0]).to.include({ spanId: eventSpanId("r-1"), parentId: undefined });
  });

  it("of a webhook lie below the answer of their call, however often the delivery is sent", async () => {
    const { spans, statuses, requestId } = await delivered([() => {}, () => {}]);
    expect(statuses).to.deep.equal([200, 200]);
    const answers = named(spans, "answer hook");
    expect(answers.map(({ spanId, parentId }) => [spanId, parentId])).to.deep.equal(
      ["gw-1", "gw-2"].map((callId) => [attemptSpanId(requestId, "trigger:hook", callId, 1), eventSpanId(requestId)]),
    );
    expect(named(spans, "price").map(({ parentId }) => parentId)).to.deep.equal(answers.map(({ spanId }) => spanId));
    expect(new Set(spans.map(({ traceId }) => traceId))).to.deep.equal(new Set([traceIdOf(requestId)]));
  });

  it("are sent with the answer where it failed, sampled or not, as the root of what was published by none", async () => {
    const failing = () => {
      throw new TypeError("no price for ann@example.com");
    };
    const { spans, status } = await endpoint(failing, 0);
    expect(status).to.equal(500);
    expect(spans.map(({ name }) => name)).to.deep.equal(["price", "answer ask"]);
    expect(spans[1]).to.include({ parentId: undefined, error: "no price for ***" });
    expect(spans[1]?.attributes["error.type"]).to.equal("TypeError");
    const webhooks = await delivered([failing], 0);
    expect(webhooks.statuses).to.deep.equal([503]);
    expect(named(webhooks.spans, "answer hook")[0]).to.include({ error: "no price for ***" });
  });

  it("are no failure where the handler refuses the call, nor where it succeeds", async () => {
    const refusing = () => {
      throw new TerminalError("no such tariff", { code: "NO_TARIFF" });
    };
    for (const share of [0, 1]) {
      const { spans, status } = await endpoint(refusing, share);
      expect(status).to.equal(422);
      expect(named(spans, "answer ask").map(({ error, attributes }) => [error, attributes["error.type"]])).to.deep.equal(
        share === 0 ? [] : [[undefined, "NO_TARIFF"]],
      );
    }
    expect([(await endpoint(undefined, 0)).spans, (await delivered([() => {}], 0)).spans]).to.deep.equal([[], []]);
  });
});
