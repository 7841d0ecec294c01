import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import type { JoinTimedOutData, Metadata, StepSucceededData } from "../../../../model/envelope.ts";
import { event, flow, graph, type JoinOptions, join, settle, step } from "../../../../model/index.ts";
import { readEvent } from "../../../../runtime/envelope/read-event.ts";
import { factsOf } from "../../../../runtime/functions/ledger/fact.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Ordered = event("Ordered", z.object({ orderId: z.string() }));
const Paid = event("Paid", z.object({ orderId: z.string() }));

function serve(options: JoinOptions<{ order: typeof Ordered; payment: typeof Paid }> = { by: "orderId", within: "20 hours" }) {
  const around = fakeDependencies();
  let runs = 0;
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Ordered, Paid],
    steps: {
      settle: step({
        on: join({ order: Ordered, payment: Paid }, options),
        emits: [],
        handler: () => {
          runs += 1;
          return [];
        },
      }),
    },
  });
  const validators = validatorsOf(orders);
  return { ...around, flow: orders, runs: () => runs, handle: serveStep(orders, "settle", validators, () => around.services) };
}
const part = (name: "Ordered" | "Paid", eventId: string, metadata: Partial<Metadata> = {}) =>
  busEvent(name, { orderId: "o-1" }, { eventId, requestId: `r-${eventId}`, ...metadata });
const HOUR = 3_600_000;

describe("join / deadline", () => {
  const ordered = message(part("Ordered", "a"), "a");
  const paid = message(part("Paid", "b"), "b");

  it("is kept by the part that came first, which waits in its queue for as long as SQS hides a message, and again", async () => {
    const fixture = serve();
    expect(await deliver(fixture.handle, ordered)).to.eql(["a"]);
    expect(fixture.hidden.at(-1)?.seconds).to.be.within(12 * 3_600 - 60, 12 * 3_600);
    fixture.clock.advance(12 * HOUR);
    expect(await deliver(fixture.handle, ordered)).to.eql(["a"]);
    expect(fixture.hidden.at(-1)?.seconds).to.equal(8 * 3_600);
    expect(fixture.bus.events).to.eql([]);
  });

  it("lets the step run when all parts come in time, once, and then has nothing to do", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(19 * HOUR);
    expect(await deliver(fixture.handle, paid)).to.eql([]);
    expect(fixture.runs()).to.equal(1);
    const published = fixture.bus.events.length;
    fixture.clock.advance(2 * HOUR);
    expect(await deliver(fixture.handle, ordered)).to.eql([]);
    expect(fixture.bus.events.length).to.equal(published);
    expect(fixture.runs()).to.equal(1);
  });

  it("publishes JoinTimedOut when it passes, under the same id however often, and ignores what comes later", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    fixture.bus.down = true;
    expect(await deliver(fixture.handle, ordered)).to.eql(["a"]);
    fixture.bus.down = false;
    for (let n = 0; n < 2; n += 1) expect(await deliver(fixture.handle, ordered)).to.eql([]);
    const timeouts = fixture.bus.named("JoinTimedOut");
    expect(new Set(timeouts.map(({ detail }) => detail.metadata.eventId)).size).to.equal(1);
    const { startedAt, timedOutAt, ...data } = (timeouts[0] ?? expect.fail("not published")).detail.data as JoinTimedOutData;
    expect(data).to.deep.include({ step: "settle", causes: ["a"], missing: ["payment"] });
    expect(Date.parse(timedOutAt) - Date.parse(startedAt)).to.equal(20 * HOUR);
    expect(timeouts[0]?.detail.metadata.requestId).to.equal("r-a");

    expect(await deliver(fixture.handle, paid)).to.eql([]);
    expect(fixture.runs()).to.equal(0);
    const report = fixture.bus.named("StepSucceeded").at(-1);
    expect(report?.detail.metadata.requestId).to.equal("r-b");
    expect(report?.detail.data as StepSucceededData).to.deep.include({ causes: ["b"], surplus: true, emitted: [] });
  });

  it("fails the request in the ledger", async () => {
    const fixture = serve({ within: "1 hour" });
    const delivery = message(part("Ordered", "a"), "a");
    await deliver(fixture.handle, delivery);
    fixture.clock.advance(HOUR);
    await deliver(fixture.handle, delivery);
    const facts = [part("Ordered", "a"), ...fixture.bus.events].flatMap((found) => factsOf(readEvent(found) as never));
    const settled = settle(graph(fixture.flow), {
      events: facts.flatMap((found) => (found.kind === "event" ? [found.fact] : [])),
      deliveries: facts.flatMap((found) => (found.kind === "delivery" ? [found.fact] : [])),
      ends: facts.flatMap((found) => (found.kind === "end" ? [found.fact] : [])),
    });
    expect(settled.status).to.equal("failed");
    expect(settled.steps[0]?.error).to.eql({ code: "JOIN_TIMED_OUT", message: "payment did not come in time" });
  });

  it("decides for one of the two when the last part and the deadline come together", async () => {
    for (let round = 0; round < 20; round += 1) {
      const fixture = serve();
      await deliver(fixture.handle, ordered);
      fixture.clock.advance(20 * HOUR);
      const batch = round % 2 === 0 ? [ordered, paid] : [paid, ordered];
      let back = await deliver(fixture.handle, ...batch);
      for (let n = 0; back.length > 0 && n < 5; n += 1)
        back = await deliver(fixture.handle, ...batch.filter(({ messageId }) => back.includes(messageId)));
      expect(fixture.runs() + Math.min(1, fixture.bus.named("JoinTimedOut").length)).to.equal(1);
    }
  });

  it("is none where the join declares none: no message waits", async () => {
    const fixture = serve({ by: "orderId" });
    expect(await deliver(fixture.handle, ordered)).to.eql([]);
    expect(fixture.hidden).to.eql([]);
  });
});

describe("join / tenants", () => {
  const parts = [
    message(part("Ordered", "a", { tenant: "key-1" }), "a"),
    message(part("Paid", "b", { tenant: "webhook:pay.stripe" }), "b"),
  ];
  for (const acrossTenants of [false, true]) {
    it(`${acrossTenants ? "joins" : "keeps apart"} parts of different tenants when acrossTenants is ${acrossTenants}`, async () => {
      const fixture = serve({ by: "orderId", acrossTenants });
      expect(await deliver(fixture.handle, ...parts)).to.eql([]);
      expect(fixture.runs()).to.equal(acrossTenants ? 1 : 0);
    });
  }
});
