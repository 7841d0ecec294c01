import { expect } from "chai";
import { describe, it } from "mocha";
import type { Cause } from "../../../../runtime/envelope/cause.ts";
import { deliveryRecords } from "../../../../runtime/functions/step/delivery/records.ts";
import { OrderChecked, placed, record, serveCheck, until } from "../../fakes/check-step.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";

describe("step / delivery record", () => {
  it("does not call the handler again, and publishes the same events under the same ids", async () => {
    let calls = 0;
    const fixture = serveCheck(({ orderId }) => {
      calls += 1;
      return OrderChecked({ orderId });
    });
    await deliver(fixture.handle, message(placed, "m-1"));
    const before = fixture.bus.entries.slice();
    fixture.clock.advance(3_600_000);
    expect(await deliver(fixture.handle, message(placed, "m-2"))).to.eql([]);
    expect(calls).to.equal(1);
    expect(fixture.bus.entries.slice(before.length)).to.eql(before);
  });

  it("runs the handler once for two messages of the same cause in one batch; the other looks again soon", async () => {
    let calls = 0;
    let finish = () => {};
    const fixture = serveCheck(async ({ orderId }) => {
      calls += 1;
      await new Promise<void>((resolve) => (finish = resolve));
      return OrderChecked({ orderId });
    });
    const batch = deliver(fixture.handle, message(placed, "m-1"), message(placed, "m-2"));
    while (fixture.hidden.length === 0) await new Promise(setImmediate);
    expect(fixture.hidden.map(({ seconds }) => seconds)).to.eql([2]);
    finish();
    expect(await batch).to.have.length(1);
    expect(calls).to.equal(1);
    expect(record(fixture)).to.deep.include({ state: "done", attempts: 1 });
  });

  it("counts an attempt that crashed, once its lease has ended", async () => {
    const fixture = serveCheck(({ orderId }, { attempt }) => (attempt === 1 ? new Promise(() => {}) : OrderChecked({ orderId })));
    void deliver(fixture.handle, message(placed)); // never ends: the container is gone
    await until(fixture, ({ state }) => state === "running");
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]); // lease alive
    expect(record(fixture).attempts).to.equal(1);
    fixture.clock.time += 31_000;
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(record(fixture)).to.deep.include({ state: "done", attempts: 2 });
  });

  it("dead-letters a message whose last attempt crashed, without calling the handler", async () => {
    let calls = 0;
    const fixture = serveCheck(
      () => {
        calls += 1;
        return new Promise(() => {});
      },
      { attempts: 2 },
    );
    for (const expected of [1, 2]) {
      void deliver(fixture.handle, message(placed));
      await until(fixture, ({ attempts }) => attempts === expected);
      fixture.clock.time += 31_000;
    }
    expect(await deliver(fixture.handle, message(placed, "m-9"))).to.eql([]);
    expect(calls).to.equal(2);
    expect(fixture.sent).to.have.length(1);
    expect(fixture.sent[0]).to.deep.include({ url: "https://sqs/dead", body: JSON.stringify(placed) });
    expect(fixture.sent[0]?.attributes).to.eql({
      flow: "orders",
      step: "check",
      requestId: "r-1",
      correlationId: "c-1",
      delivery: "e-1",
      errorCode: "ATTEMPTS_USED_UP",
      attempts: "2",
      message: "attempt 2, the last one, ended without an answer: its function crashed or timed out.",
    });
    expect(record(fixture)).to.deep.include({ state: "dead", attempts: 2, errorCode: "ATTEMPTS_USED_UP" });
    expect(fixture.bus.named("StepFailed")[0]?.detail.data).to.deep.include({ outcome: "dead-letter", attempts: 2 });
  });

  it("drops the result of an attempt whose lease another one has taken over", async () => {
    let first = () => {};
    const fixture = serveCheck(async ({ orderId }, { attempt }) => {
      if (attempt === 1) await new Promise<void>((resolve) => (first = resolve));
      return OrderChecked({ orderId: `${orderId} by ${attempt}` });
    });
    const late = deliver(fixture.handle, message(placed, "m-1"));
    await until(fixture, ({ state }) => state === "running");
    fixture.clock.time += 31_000; // the lease is over, and the invocation goes on all the same
    await deliver(fixture.handle, message(placed, "m-2"));
    first();
    expect(await late).to.eql(["m-1"]);
    expect(fixture.bus.named("OrderChecked").map(({ detail }) => detail.data)).to.eql([{ orderId: "o-1 by 2", ok: true }]);
    expect(await deliver(fixture.handle, message(placed, "m-1"))).to.eql([]);
    expect(new Set(fixture.bus.entries.map(({ detail }) => detail)).size).to.equal(2);
  });

  it("keeps a reserved time over a crash, and forgets it when it has been used", async () => {
    const around = fakeDependencies();
    const records = deliveryRecords({ ...around.services, flow: "orders", step: "check", maximum: 3 });
    const cause = { delivery: "e-1", request: { requestId: "r-1", correlationId: "c-1" } } as Cause;
    const start = async () => {
      const started = await records.start(cause, around.clock.time + 30_000, { id: "m-1", redriven: false, attempts: 0 }, true);
      around.clock.time += 60_000;
      return started.kind === "started" ? started.attempt : expect.fail(started.kind);
    };
    const slots = new Map([["erp", 5]]);
    await records.fail(cause, await start(), { code: "RATE_LIMITED", message: "" }, false, { slots });
    await start(); // and no end of it
    const attempt = await start();
    expect(attempt.slots).to.eql([["erp", 5]]);
    await records.fail(cause, attempt, { code: "ERP_DOWN", message: "" }, true, { slots: new Map() });
    expect((await start()).slots).to.eql([]);
  });

  it("keeps records for 45 days", async () => {
    const fixture = serveCheck(() => []);
    await deliver(fixture.handle, message(placed));
    expect(record(fixture).expiresAt).to.equal(fixture.clock.now() / 1_000 + 45 * 86_400);
  });
});
