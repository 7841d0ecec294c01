import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import type { JoinTimedOutData, Metadata, StepSucceededData } from "../../../../model/envelope.ts";
import { event, flow, graph, type JoinOptions, join, settle, step } from "../../../../model/index.ts";
import type { FlowTargets } from "../../../../protocol/dead-letter.ts";
import { readEvent } from "../../../../runtime/envelope/read-event.ts";
import { factsOf } from "../../../../runtime/functions/ledger/fact.ts";
import { sweepJoins } from "../../../../runtime/functions/sweeper/sweep-joins.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { createLogger } from "../../../../runtime/logging/logger.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Ordered = event("Ordered", z.object({ orderId: z.string() }));
const Paid = event("Paid", z.object({ orderId: z.string() }));

type Options = JoinOptions<{ order: typeof Ordered; payment: typeof Paid }>;
function serve(options: Options = { by: "orderId", within: "20 hours" }, around = fakeDependencies()) {
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
  const handle = serveStep(orders, "settle", validators, () => around.services);
  const target = { queueUrl: "https://sqs/queue", queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets: FlowTargets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { settle: target } };
  const log = createLogger({ level: "info", functionName: "sweeper", to: around.services.logTo });
  let given = 0;
  return {
    ...around,
    flow: orders,
    runs: () => runs,
    handle,
    /** Runs the sweeper. @returns the messages that it sent */
    sweep: async (known: readonly FlowTargets[] = [targets]) => {
      await sweepJoins(around.services, async () => known, log);
      return around.sent.splice(0).map(({ url, body, attributes }) => {
        expect(url).to.equal(target.queueUrl);
        given += 1;
        const messageAttributes = Object.fromEntries(
          Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: "String" }]),
        );
        return message(body, `sweep-${given}`, { messageAttributes });
      });
    },
    due: () => [...around.table.items.values()].filter(({ dueIn }) => dueIn !== undefined).map(({ dueAt }) => String(dueAt)),
  };
}
const part = (name: "Ordered" | "Paid", eventId: string, metadata: Partial<Metadata> = {}) =>
  busEvent(name, { orderId: "o-1" }, { eventId, requestId: `r-${eventId}`, ...metadata });
const HOUR = 3_600_000;

describe("join / deadline", () => {
  const ordered = message(part("Ordered", "a"), "a");
  const paid = message(part("Paid", "b"), "b");

  it("is kept by the table: no message waits, so a queue's 120,000 messages in flight bound no joins", async () => {
    const fixture = serve();
    expect(await deliver(fixture.handle, ordered)).to.eql([]);
    expect(fixture.hidden).to.eql([]);
    expect(fixture.due()[0]).to.match(new RegExp(`^${new Date(fixture.clock.now() + 20 * HOUR).toISOString()}#`));
    fixture.clock.advance(20 * HOUR - 1);
    expect(await fixture.sweep()).to.eql([]);
    fixture.clock.advance(1);
    expect(await fixture.sweep()).to.have.length(1);
    expect(fixture.bus.events).to.eql([]);
  });

  it("is off the sweeper's list as soon as the join is complete, or its timeout is published, and not before", async () => {
    const complete = serve();
    await deliver(complete.handle, ordered);
    await deliver(complete.handle, paid);
    expect(complete.due()).to.eql([]);

    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    const reminder = (await fixture.sweep())[0] ?? expect.fail("no reminder");
    fixture.bus.down = true;
    expect(await deliver(fixture.handle, reminder)).to.have.length(1);
    expect(fixture.due()).to.have.length(1);
    fixture.bus.down = false;
    expect(await deliver(fixture.handle, reminder)).to.eql([]);
    expect(fixture.bus.named("JoinTimedOut")).to.have.length(1);
    expect(fixture.due()).to.eql([]);
  });

  it("is repeated less and less often while the step is silent, and never forgotten", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    let reminders = 0;
    for (let minutes = 0; minutes < 24 * 60; minutes += 1) {
      reminders += (await fixture.sweep()).length;
      fixture.clock.advance(60_000);
    }
    expect(reminders).to.be.within(9, 13);
    expect(fixture.due()).to.have.length(1);
  });

  it("waits while the step is not deployed", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    expect(await fixture.sweep([])).to.eql([]);
    expect(fixture.lines.at(-1)?.message).to.equal("the step of a join with a deadline is not deployed; the join waits");
    fixture.clock.advance(60_000);
    const reminder = (await fixture.sweep())[0] ?? expect.fail("no reminder");
    await deliver(fixture.handle, reminder);
    expect(fixture.bus.named("JoinTimedOut")).to.have.length(1);
  });

  it("is sent again when the table failed after the message was sent", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    fixture.table.failures.push(...Array.from({ length: 9 }, () => undefined), new Error("table is down"));
    let failed: unknown;
    await fixture.sweep().catch((error: unknown) => {
      failed = error;
    });
    expect(String(failed)).to.include("1 of 1 deadlines were not passed on");
    const sent = [...fixture.sent.splice(0).map(({ body }) => message(body, "first")), ...(await fixture.sweep())];
    expect(sent).to.have.length(2);
    await deliver(fixture.handle, ...sent.slice(0, 1));
    await deliver(fixture.handle, ...sent.slice(1));
    expect(new Set(fixture.bus.named("JoinTimedOut").map(({ detail }) => detail.metadata.eventId)).size).to.equal(1);
  });

  it("of a first part that waits in its queue since an earlier version goes into the table when the message comes back", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    const item = fixture.table.only("join#");
    const { dueIn: _, dueAt: __, queue: ___, ...former } = item;
    fixture.table.items.set(`${item.pk}|${item.sk}`, former as typeof item);
    fixture.clock.advance(12 * HOUR);
    expect(await deliver(fixture.handle, ordered)).to.eql([]);
    fixture.clock.advance(8 * HOUR);
    const reminder = (await fixture.sweep())[0] ?? expect.fail("no reminder");
    await deliver(fixture.handle, reminder);
    expect(fixture.bus.named("JoinTimedOut")).to.have.length(1);
  });

  it("that the code no longer declares ends nothing", async () => {
    const fixture = serve();
    await deliver(fixture.handle, ordered);
    fixture.clock.advance(20 * HOUR);
    const reminder = (await fixture.sweep())[0] ?? expect.fail("no reminder");
    const later = serve({ by: "orderId" }, fixture);
    expect(await deliver(later.handle, reminder)).to.eql([]);
    expect(later.due()).to.eql([]);
    await deliver(later.handle, paid);
    expect(later.runs()).to.equal(1);
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
