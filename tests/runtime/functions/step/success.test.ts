import { createHash } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { LARGEST_BODY_KB } from "../../../../protocol/limits.ts";
import { OrderChecked, placed, record, serveCheck } from "../../fakes/check-step.ts";
import { deliver, message } from "../../fakes/dependencies.ts";
import { busEvent, type FakeBus } from "../../fakes/fake-bus.ts";

const names = (bus: FakeBus) => bus.events.map((found) => found["detail-type"]);

describe("step / success", () => {
  it("publishes what the handler returned, then StepSucceeded that names it", async () => {
    const fixture = serveCheck(({ orderId }) => [OrderChecked({ orderId }), OrderChecked({ orderId: "o-2", ok: false })]);
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(names(fixture.bus)).to.eql(["OrderChecked", "OrderChecked", "StepSucceeded"]);
    const [first, second, report] = fixture.bus.events;
    expect(first?.source).to.equal("hub.orders");
    expect(first?.detail.data).to.eql({ orderId: "o-1", ok: true });
    expect(first?.detail.metadata).to.deep.include({
      requestId: "r-1",
      correlationId: "c-1",
      causationId: "e-1",
      tenant: "key-1",
      flow: "orders",
      graph: "0123456789abcdef",
      step: "check",
      version: 3,
      hop: 1,
    });
    expect(first?.detail.metadata.eventId)
      .to.match(/^[0-9a-f]{32}$/)
      .and.not.equal(second?.detail.metadata.eventId);
    expect(report?.detail.data).to.deep.include({
      step: "check",
      delivery: "e-1",
      causes: ["e-1"],
      attempts: 1,
      emitted: [
        { name: "OrderChecked", eventId: first?.detail.metadata.eventId },
        { name: "OrderChecked", eventId: second?.detail.metadata.eventId },
      ],
    });
    expect(fixture.hidden).to.eql([]);
  });

  it("makes event ids as docs/internals.md says", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }));
    await deliver(fixture.handle, message(placed));
    const expected = createHash("sha256")
      .update(JSON.stringify(["r-1", "check", ["e-1"], "OrderChecked", 0]))
      .digest("hex")
      .slice(0, 32);
    expect(fixture.bus.named("OrderChecked")[0]?.detail.metadata.eventId).to.equal(expected);
  });

  it("fills the input's defaults in", async () => {
    let seen: unknown;
    const fixture = serveCheck((input) => {
      seen = input;
      return [];
    });
    await deliver(fixture.handle, message(placed));
    expect(seen).to.eql({ orderId: "o-1", lines: 1 });
  });

  it("opens a request of its own for an event of another flow", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }));
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { flow: "shop", graph: "ffff" })));
    for (const { detail } of fixture.bus.events)
      expect(detail.metadata).to.deep.include({ requestId: "r-1.orders", correlationId: "c-1", graph: "0123456789abcdef" });
  });

  it("takes the bus's time where the gateway published the event", async () => {
    let at: unknown;
    const fixture = serveCheck((_, { occurredAt }) => {
      at = occurredAt;
      return [];
    });
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { occurredAt: "" })));
    expect(at).to.equal("2026-11-24T09:59:58.000Z");
  });
});

describe("step / publishing", () => {
  it("publishes the stored result later when the bus refuses it, and does not call the handler again", async () => {
    let calls = 0;
    const fixture = serveCheck(({ orderId }) => {
      calls += 1;
      return OrderChecked({ orderId });
    });
    fixture.bus.down = true;
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(record(fixture)).to.deep.include({ state: "done", attempts: 1 });
    expect(fixture.hidden).to.have.length(1);
    fixture.bus.down = false;
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(calls).to.equal(1);
    expect(names(fixture.bus)).to.eql(["OrderChecked", "StepSucceeded"]);
  });

  it("uses no attempt up while the bus refuses the result, and waits by the count of receives", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }), { attempts: 1 });
    fixture.bus.down = true;
    for (const receives of ["1", "2", "3", "4"]) {
      const attributes = { ApproximateReceiveCount: receives, SentTimestamp: String(fixture.clock.now()) };
      expect(await deliver(fixture.handle, message(placed, "m-1", { attributes }))).to.eql(["m-1"]);
    }
    expect(fixture.hidden.map(({ seconds }) => seconds)).to.eql([2, 4, 8, 16]);
    expect(fixture.sent).to.eql([]);
  });

  it("dead-letters a stored result that would expire unpublished, and publishes it when it is redriven", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }));
    fixture.bus.down = true;
    const attributes = { ApproximateReceiveCount: "50", SentTimestamp: String(fixture.clock.now() - 3.99 * 86_400_000) };
    expect(await deliver(fixture.handle, message(placed, "m-1", { attributes }))).to.eql([]);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("PUBLISH_FAILED");
    fixture.bus.down = false;
    expect(await deliver(fixture.handle, message(placed, "m-2"))).to.eql([]);
    expect(names(fixture.bus)).to.eql(["OrderChecked", "StepSucceeded"]);
  });

  it("tries again at once only what was refused", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }));
    fixture.bus.outcomes.push(["ThrottlingException", undefined]);
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(fixture.bus.calls).to.eql([2, 1]);
    expect(names(fixture.bus)).to.eql(["StepSucceeded", "OrderChecked"]);
  });

  it("sends the bus at most 10 entries per call", async () => {
    const fixture = serveCheck(() => Array.from({ length: 24 }, (_, i) => OrderChecked({ orderId: String(i) })));
    await deliver(fixture.handle, message(placed));
    expect(fixture.bus.calls).to.eql([10, 10, 5]);
    expect(new Set(fixture.bus.events.map(({ detail }) => detail.metadata.eventId)).size).to.equal(25);
  });
});

describe("step / what a handler may return", () => {
  const cases: readonly [string, unknown, string, RegExp][] = [
    [
      "an event that the step does not declare",
      { type: "OrderLost", data: {} },
      "INVALID_RESULT",
      /OrderLost, which is not declared in emits/,
    ],
    ["a payload of another shape", { type: "OrderChecked", data: { orderId: 7 } }, "INVALID_RESULT", /\/orderId must be string/],
    ["nothing", undefined, "INVALID_RESULT", /undefined instead of an event/],
    [
      "a list with a hole",
      Object.assign(new Array(3), { 0: OrderChecked({ orderId: "1" }), 2: OrderChecked({ orderId: "2" }) }),
      "INVALID_RESULT",
      /instead of an event/,
    ],
    ["a list of holes alone", new Array(2), "INVALID_RESULT", /instead of an event/],
    [
      "a list whose end was deleted",
      Object.assign([OrderChecked({ orderId: "1" })], { length: 2 }),
      "INVALID_RESULT",
      /instead of an event/,
    ],
    [
      "half a surrogate pair",
      { type: "OrderChecked", data: { orderId: "\ud800" } },
      "INVALID_RESULT",
      /which no event can carry/,
    ],
    ["what SQS refuses", { type: "OrderChecked", data: { orderId: "o\uffff" } }, "INVALID_RESULT", /which no event can carry/],
    ["what JSON can't say", { type: "OrderChecked", data: { orderId: 7n } }, "INVALID_RESULT", /can't be serialised as JSON/],
    [
      "more than a record holds",
      { type: "OrderChecked", data: { orderId: "x".repeat(351 * 1_024) } },
      "RESULT_TOO_LARGE",
      /350 KB at most/,
    ],
  ];
  for (const [what, returned, code, telling] of cases) {
    it(`refuses ${what}`, async () => {
      const fixture = serveCheck(() => returned);
      expect(await deliver(fixture.handle, message(placed))).to.eql([]);
      expect(fixture.sent[0]?.attributes.errorCode).to.equal(code);
      expect(record(fixture).errorMessage).to.match(telling);
      expect(names(fixture.bus)).to.eql(["StepFailed"]);
    });
  }
});

describe("step / an echo", () => {
  it("of the largest body that the gateway takes is no result too large, so that no handler has run in vain", async () => {
    const orderId = "x".repeat(LARGEST_BODY_KB * 1_024);
    const fixture = serveCheck((order) => OrderChecked({ orderId: order.orderId }));
    expect(await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId }, { eventId: "e-1" })))).to.eql([]);
    expect(fixture.bus.named("OrderChecked").map(({ detail }) => (detail.data as { orderId: string }).orderId)).to.eql([orderId]);
    expect(fixture.sent).to.eql([]);
  });
});

describe("step / fan-out", () => {
  const many = 5_000;
  const fanOut = () => Array.from({ length: many }, (_, i) => OrderChecked({ orderId: `o-${i} \u00e9\ud83d\ude00` }));

  it("publishes thousands of events from one run, each once and in order, and reports their number", async () => {
    const fixture = serveCheck(fanOut);
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    const published = fixture.bus.named("OrderChecked").map(({ detail }) => (detail.data as { orderId: string }).orderId);
    expect(published).to.eql(fanOut().map(({ data }) => (data as { orderId: string }).orderId));
    const [report] = fixture.bus.named("StepSucceeded");
    expect(report?.detail.data).to.deep.include({ emitted: [], emittedCounts: { OrderChecked: many } });
    for (const item of fixture.table.items.values()) expect(JSON.stringify(item).length).to.be.below(400 * 1_024);
  });

  it("publishes the same events again when the bus was down after some of them, without running the handler again", async () => {
    let runs = 0;
    const fixture = serveCheck(() => {
      runs += 1;
      return fanOut();
    });
    fixture.bus.outcomes.push(...Array.from({ length: 100 }, () => []), ...Array<Error>(20_000).fill(new Error("down")));
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    fixture.bus.outcomes.length = 0;
    expect(fixture.bus.named("StepSucceeded")).to.eql([]);
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(runs).to.equal(1);
    const ids = fixture.bus.named("OrderChecked").map(({ detail }) => detail.metadata.eventId);
    expect(new Set(ids).size).to.equal(many);
    expect(fixture.bus.named("StepSucceeded")).to.have.length(1);
  });
});
