import { expect } from "chai";
import { describe, it } from "mocha";
import { TerminalError } from "../../../model/index.ts";
import { readEvent } from "../../../runtime/envelope/read-event.ts";
import type { Span } from "../../../runtime/tracing/span.ts";
import { attemptSpanId, eventSpanId, traceIdOf, traceparentOf } from "../../../runtime/tracing/trace-ids.ts";
import { deliver, message } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";
import { attemptsIn, payment, price, servedJoin } from "../fakes/joined.ts";

const linksOf = (spans: readonly Span[], requestId: string) => attemptsIn(spans, requestId).map(({ links = [] }) => links);

describe("traces / links", () => {
  for (const [order, parts] of [
    ["the first part last", [payment, price]],
    ["the first part first", [price, payment]],
  ] as const) {
    it(`lead from the spans of a join's requests to each other (${order})`, async () => {
      const { spans, handle } = servedJoin();
      for (const part of parts) await deliver(handle, message(part, part.detail.metadata.eventId));
      const [[link] = [], ...others] = linksOf(spans, "r-1");
      expect(others).to.deep.equal([]);
      const own = attemptsIn(spans, "r-1")[0];
      expect(link?.traceId).to.equal(traceIdOf("r-2"));
      expect(linksOf(spans, "r-2")).to.deep.equal([[{ traceId: traceIdOf("r-1"), spanId: own?.spanId }]]);
      const contributed = attemptsIn(spans, "r-2")[0];
      expect(contributed?.spanId).to.equal(link?.spanId);
      expect(contributed?.parentId).to.equal(eventSpanId("p-2"));
      expect(own?.parentId).to.equal(eventSpanId("p-1"));
    });
  }

  it("lead to each other where the join's step fails", async () => {
    const { spans, handle } = servedJoin(() => {
      throw new TerminalError("refused");
    });
    for (const part of [price, payment]) await deliver(handle, message(part, part.detail.metadata.eventId));
    expect(
      linksOf(spans, "r-1")
        .flat()
        .map(({ traceId }) => traceId),
    ).to.deep.equal([traceIdOf("r-2")]);
    expect(
      linksOf(spans, "r-2")
        .flat()
        .map(({ traceId }) => traceId),
    ).to.deep.equal([traceIdOf("r-1")]);
    expect(spans.filter(({ name, error }) => name === "process ship" && error === "refused")).to.have.length(2);
  });

  it("make the same spans again for what is replayed from the archive", async () => {
    const { spans, handle } = servedJoin();
    for (const part of [price, payment]) await deliver(handle, message(part, part.detail.metadata.eventId));
    const before = new Set(spans.map(({ spanId, name }) => `${name} ${spanId}`));
    spans.length = 0;
    for (const part of [price, payment]) await deliver(handle, message(part, `again-${part.detail.metadata.eventId}`));
    const again = spans.filter(({ name }) => !name.startsWith("wait in "));
    expect(again.map(({ name }) => name)).to.include.members(["publish Shipped"]);
    for (const { name, spanId } of again) expect([...before]).to.include(`${name} ${spanId}`);
  });

  it("lead from the first span of a request in this flow to the event of another flow's request that began it", async () => {
    const { spans, handle } = servedJoin();
    const elsewhere = { flow: "billing", traceparent: traceparentOf("r-9", "b-1") };
    await deliver(handle, message(busEvent("Priced", { orderId: "o-1" }, { eventId: "b-1", requestId: "r-9", ...elsewhere })));
    await deliver(handle, message(payment, "p-2"));
    const own = spans.find(({ name, traceId }) => name === "process ship" && traceId === traceIdOf("r-9.orders"));
    expect(own?.links?.[0]).to.deep.equal({ traceId: traceIdOf("r-9"), spanId: eventSpanId("b-1") });
    expect(own?.spanId).to.equal(attemptSpanId("r-9.orders", "ship", String(own?.attributes["hub.delivery"]), 1));
  });
});

describe("traces / an event without traceparent", () => {
  it("gets that of its own span: a schedule can fill in times and ids only", () => {
    const read = readEvent(busEvent("Ticked", {}, { eventId: "s-1", requestId: "s-1", traceparent: "" }));
    expect(typeof read === "string" ? read : read.metadata.traceparent).to.equal(traceparentOf("s-1", "s-1"));
  });

  it("keeps the one that it has", () => {
    const given = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const read = readEvent(busEvent("Ticked", {}, { traceparent: given }));
    expect(typeof read === "string" ? read : read.metadata.traceparent).to.equal(given);
  });
});
