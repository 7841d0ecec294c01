import { context, createContextKey, type Span as OwnSpan, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, step } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import { currentSpan, type Recorded } from "../../../runtime/tracing/recorder.ts";
import type { Span } from "../../../runtime/tracing/span.ts";
import * as makers from "../../../runtime/tracing/span-makers.ts";
import { attemptSpanId, traceIdOf } from "../../../runtime/tracing/trace-ids.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";
import { ownTracer } from "./own-tracer.ts";

const Placed = event("Placed", z.object({ orderId: z.string(), email: z.string().meta({ personal: true }) }));
/** As a module of a flow has it, made before any invocation. */
const tracer = ownTracer("orders");

/** Delivers one message to a step with this handler. @returns the spans that are sent, those of the handler apart */
async function handled(handler: () => unknown, { share = 1, deliveries = 1 } = {}) {
  const around = fakeDependencies();
  const spans: Span[] = [];
  const tracing = {
    share,
    send: async (recorded: readonly Recorded[]) => void spans.push(...recorded.map(({ make }) => make(makers))),
  };
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Placed],
    steps: {
      book: step({
        on: Placed,
        emits: [],
        handler: async () => {
          await handler();
          return [];
        },
      }),
    },
  });
  for (let i = 0; i < deliveries; i++) {
    if (i > 0) around.table.items.clear();
    const handle = serveStep(orders, "book", validatorsOf(orders), () => ({ ...around.services, tracing }));
    const placed = busEvent("Placed", { orderId: "o-1", email: "ann@example.com" }, { eventId: "p-1", requestId: "r-1" });
    await deliver(handle, message(placed, `m-${i}`));
  }
  return { spans, own: spans.filter(({ attributes }) => attributes["otel.scope.name"] === "orders"), clock: around.clock };
}
const ATTEMPT = attemptSpanId("r-1", "book", "p-1", 1);

describe("spans of a handler, by @opentelemetry/api", () => {
  it("lie below the attempt, in the trace of the request, and within each other", async () => {
    const { own, spans } = await handled(() =>
      tracer.startActiveSpan("price", { kind: SpanKind.CLIENT, attributes: { lines: 3 } }, async (outer) => {
        await Promise.resolve();
        tracer.startActiveSpan("discount", (inner) => {
          expect(trace.getActiveSpan()).to.equal(inner);
          inner.end();
        });
        expect(trace.getActiveSpan()).to.equal(outer);
        outer
          .setAttribute("total", 9.5)
          .setAttributes({ tags: ["a", "b"], vip: true })
          .addEvent("priced", { by: "list" })
          .end();
      }),
    );
    expect(spans.find(({ name }) => name === "process book")?.spanId).to.equal(ATTEMPT);
    const [inner, outer] = own;
    expect(inner).to.include({ name: "discount", parentId: outer?.spanId, kind: 1 });
    expect(outer).to.deep.include({
      name: "price",
      traceId: traceIdOf("r-1"),
      parentId: ATTEMPT,
      kind: 3,
      attributes: {
        ...{ lines: 3, total: 9.5, tags: '["a","b"]', vip: true },
        ...{ "otel.scope.name": "orders", "hub.request_id": "r-1", "hub.correlation_id": "c-1", "hub.step": "book" },
      },
    });
    expect(outer?.events?.map(({ name, attributes }) => [name, attributes])).to.deep.equal([["priced", { by: "list" }]]);
    expect(outer?.error).to.equal(undefined);
  });

  it("are sent with the whole trace where one of them has failed, sampled or not", async () => {
    const failing = () =>
      tracer.startActiveSpan("call", (span) => {
        span.recordException(Object.assign(new TypeError("no route"), { code: "EHOST" }));
        span.setStatus({ code: SpanStatusCode.ERROR, message: "no route" });
        span.end();
      });
    const { own, spans } = await handled(failing, { share: 0 });
    expect(own.map(({ error }) => error)).to.deep.equal(["no route"]);
    expect(own[0]?.events?.[0]).to.deep.include({
      name: "exception",
      attributes: { "exception.type": "EHOST", "exception.message": "no route" },
    });
    expect(spans.map(({ name }) => name)).to.include("process book");
    expect((await handled(() => tracer.startSpan("fine").end(), { share: 0 })).spans).to.deep.equal([]);
  });

  it("show no secret and no personal value, in whatever part of them it is", async () => {
    const { own } = await handled(() => {
      const span = tracer.startSpan("mail to ann@example.com", { attributes: { password: "hunter2", to: ["ann@example.com"] } });
      span.addEvent("sent to ann@example.com", { apiKey: "k" });
      span.setStatus({ code: SpanStatusCode.ERROR, message: "ann@example.com bounced" }).end();
    });
    expect(own[0]).to.deep.include({ name: "mail to ***", error: "*** bounced" });
    expect(own[0]?.attributes).to.include({ password: "***", to: '["***"]' });
    expect(own[0]?.events?.map(({ name, attributes }) => [name, attributes])).to.deep.equal([["sent to ***", { apiKey: "***" }]]);
    expect(JSON.stringify(own)).not.to.match(/ann@|hunter2/);
  });

  it("have the same ids when the attempt is made again after a crash", async () => {
    const twice = await handled(() => [tracer.startSpan("a"), tracer.startSpan("b")].map((span) => span.end()), {
      deliveries: 2,
    });
    expect(twice.own.map(({ name }) => name)).to.deep.equal(["a", "b", "a", "b"]);
    expect(new Set(twice.own.map(({ spanId }) => spanId)).size).to.equal(2);
  });

  it("take times, links and contexts as the API has them", async () => {
    const foreign = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    const key = createContextKey("mine");
    const { own, clock } = await handled(() => {
      tracer.startActiveSpan("outer", (outer) => {
        tracer
          .startSpan("root", { root: true, links: [{ context: foreign }], startTime: [1_900_000_000, 5_000_000] })
          .end(1_900_000_001_000);
        tracer.startSpan("of another trace", {}, trace.setSpanContext(context.active(), foreign)).end();
        const bound = context.bind(context.active(), () => trace.getActiveSpan());
        context.with(trace.deleteSpan(context.active()).setValue(key, 7), () => {
          expect(context.active().getValue(key)).to.equal(7);
          expect(trace.getActiveSpan()).to.equal(undefined);
          expect(bound()).to.equal(outer);
          tracer.startSpan("in no span").end();
        });
        outer.end();
        outer.setAttribute("late", 1).updateName("late").end();
      });
    });
    const of = (name: string) => own.find((span) => span.name === name);
    expect(of("root")).to.deep.include({ parentId: ATTEMPT, start: 1_900_000_000_005, end: 1_900_000_001_000 });
    const { traceFlags: _, ...link } = foreign;
    expect([of("root")?.links, of("of another trace")?.links]).to.deep.equal([[link], [link]]);
    expect([of("of another trace")?.parentId, of("in no span")?.parentId]).to.deep.equal([ATTEMPT, ATTEMPT]);
    expect(of("outer")).to.include({ start: clock.now(), end: clock.now() });
    expect(of("outer")?.attributes).not.to.have.property("late");
  });

  it("give the ids of the attempt to what the handler calls itself", async () => {
    let active: OwnSpan | undefined;
    await handled(() => {
      active = trace.getActiveSpan();
    });
    expect(active?.isRecording()).to.equal(false);
    expect(active?.spanContext()).to.deep.equal({ traceId: traceIdOf("r-1"), spanId: ATTEMPT, traceFlags: 1 });
  });

  it("are parents of the calls of third parties that are made in them", async () => {
    const parents: unknown[] = [];
    await handled(() =>
      tracer.startActiveSpan("outer", (span) => {
        parents.push(currentSpan()?.active, span.spanContext().spanId);
        span.end();
      }),
    );
    expect(parents[0]).to.include({ spanId: parents[1], traceId: traceIdOf("r-1") });
  });

  it("are nothing outside of an attempt", () => {
    const span = tracer.startSpan("alone");
    expect([span.isRecording(), span.spanContext().traceId]).to.deep.equal([false, "0".repeat(32)]);
    span.setAttribute("a", 1).end();
  });

  it("hold so many attributes of such a length that a datagram takes them", async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a${i}`, "x".repeat(2_000)]));
    const { own } = await handled(() => tracer.startSpan("many", { attributes: many }).end());
    const kept = Object.entries(own[0]?.attributes ?? {}).filter(([name]) => /^a\d/.test(name));
    expect([kept.length, String(kept[0]?.[1]).length]).to.deep.equal([128, 1_024]);
  });
});
