import { expect } from "chai";
import { describe, it } from "mocha";
import { RetryLaterError, TerminalError } from "../../../../model/index.ts";
import { MAX_RECEIVES, QUEUE_RETENTION_SECONDS } from "../../../../protocol/limits.ts";
import type { LambdaHandler } from "../../../../runtime/lambda.ts";
import { TableBusyError } from "../../../../runtime/ports.ts";
import { OrderChecked, placed, record, serveCheck, until } from "../../fakes/check-step.ts";
import { context, deliver, message } from "../../fakes/dependencies.ts";
import { busEvent, type FakeBus } from "../../fakes/fake-bus.ts";

const names = (bus: FakeBus) => bus.events.map((found) => found["detail-type"]);
const swallow = (handle: LambdaHandler, event: unknown) =>
  handle(event, context()).then(
    () => undefined,
    (error: Error) => error,
  );

describe("step / failure", () => {
  const failing = () => {
    throw Object.assign(new Error("the ERP is down"), { code: "ERP_DOWN" });
  };

  it("hides the message by exponential backoff with full jitter, releases the lease and publishes StepFailed", async () => {
    const fixture = serveCheck(failing);
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(fixture.hidden.map(({ seconds }) => seconds)).to.eql([2, 4]); // half of 4, half of 8
    expect(record(fixture)).to.deep.include({
      state: "waiting",
      attempts: 2,
      leaseUntil: 0,
      errorCode: "ERP_DOWN",
      errorMessage: "the ERP is down",
    });
    const [first, second] = fixture.bus.named("StepFailed");
    expect(first?.detail.data).to.deep.include({
      outcome: "retry",
      attempts: 1,
      error: { code: "ERP_DOWN", message: "the ERP is down" },
      nextAttemptAt: "2026-11-24T10:00:02.000Z",
    });
    expect(first?.detail.metadata.eventId).not.to.equal(second?.detail.metadata.eventId);
    expect(fixture.sent).to.eql([]);
  });

  it("dead-letters the message, the body untouched, when the attempts are used up", async () => {
    const fixture = serveCheck(failing);
    for (const expected of [["m-1"], ["m-1"], []]) expect(await deliver(fixture.handle, message(placed))).to.eql(expected);
    expect(fixture.sent.map(({ body, attributes }) => [body, attributes.errorCode, attributes.attempts])).to.eql([
      [JSON.stringify(placed), "ERP_DOWN", "3"],
    ]);
    expect(record(fixture).state).to.equal("dead");
    expect(fixture.bus.named("StepFailed").map(({ detail }) => (detail.data as { outcome: string }).outcome)).to.eql([
      "retry",
      "retry",
      "dead-letter",
    ]);
  });

  it("dead-letters a TerminalError at once, also one of another copy of the module", async () => {
    class TerminalErrorOfAnotherBundle extends Error {
      override readonly name = "TerminalError";
      readonly code = "DUPLICATE_SKU";
    }
    for (const thrown of [new TerminalError("twice", { code: "DUPLICATE_SKU" }), new TerminalErrorOfAnotherBundle("twice")]) {
      const fixture = serveCheck(() => {
        throw thrown;
      });
      expect(await deliver(fixture.handle, message(placed))).to.eql([]);
      expect(fixture.sent[0]?.attributes.errorCode).to.equal("DUPLICATE_SKU");
      expect(fixture.bus.named("StepFailed")[0]?.detail.data).to.deep.include({
        outcome: "dead-letter",
        attempts: 1,
        error: { code: "DUPLICATE_SKU", message: "twice" },
      });
    }
  });

  it("lets a RetryLaterError wait without using up an attempt, and reports it once", async () => {
    const fixture = serveCheck(
      () => {
        throw new RetryLaterError("closed until Monday", { after: "2 days" });
      },
      { attempts: 1 },
    );
    for (let i = 0; i < 4; i += 1) expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(new Set(fixture.hidden.map(({ seconds }) => seconds))).to.eql(new Set([43_170])); // SQS counts its 12 hours from the receive
    expect(record(fixture)).to.deep.include({ state: "waiting", attempts: 0, errorCode: "RETRY_LATER" });
    expect(fixture.bus.named("StepFailed").map(({ detail }) => detail.data)).to.have.length(1);
    expect(fixture.bus.named("StepFailed")[0]?.detail.data).to.deep.include({ outcome: "retry", attempts: 0 });
  });

  it("dead-letters a message that would expire in its queue before the next attempt", async () => {
    const fixture = serveCheck(() => {
      throw new RetryLaterError("later", { after: "12 hours" });
    });
    const sentAt = fixture.clock.now() - 3.6 * 86_400_000;
    const old = message(placed, "m-1", { attributes: { ApproximateReceiveCount: "9", SentTimestamp: String(sentAt) } });
    expect(await deliver(fixture.handle, old)).to.eql([]);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("EXPIRING");
  });

  it("counts handlers that hang as failed shortly before the invocation ends", async () => {
    const fixture = serveCheck(() => new Promise(() => {}));
    const delivery = deliver(fixture.handle, message(placed));
    await until(fixture, ({ state }) => state === "running");
    await new Promise(setImmediate);
    fixture.clock.advance(28_500);
    expect(await delivery).to.eql(["m-1"]);
    expect(record(fixture)).to.deep.include({ state: "waiting", attempts: 1, errorCode: "TIMEOUT" });
  });

  it("does not let one failed message affect the others", async () => {
    const fixture = serveCheck(({ orderId }) => {
      if (orderId === "bad") throw new Error("no");
      return OrderChecked({ orderId });
    });
    const events = ["a", "bad", "c"].map((orderId, i) =>
      message(busEvent("OrderPlaced", { orderId }, { eventId: `e-${i}` }), `m-${i}`),
    );
    expect(await deliver(fixture.handle, ...events)).to.eql(["m-1"]);
    expect(fixture.bus.named("OrderChecked").map(({ detail }) => (detail.data as { orderId: string }).orderId)).to.have.members([
      "a",
      "c",
    ]);
  });

  it("brings the message back when it can't be hidden", async () => {
    const fixture = serveCheck(failing);
    fixture.faults.hide = new Error("throttled");
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(record(fixture).state).to.equal("waiting");
  });

  it("brings the message back, and uses no attempt up, when the table can't be reached", async () => {
    const fixture = serveCheck(() => []);
    fixture.table.failures.push(new Error("table is down"));
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(fixture.table.items.size).to.equal(0);
    expect(fixture.hidden).to.have.length(1);
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
  });

  it("uses no attempt up while DynamoDB throttles the table, before, during and after the handler", async () => {
    for (const throttled of [[0], [1], [2], [1, 2, 3]]) {
      let thrown = false;
      const fixture = serveCheck(() => {
        if (thrown || !throttled.includes(2)) return OrderChecked({ orderId: "o-1" });
        thrown = true;
        throw new TableBusyError("throttled");
      });
      const writes = [0, 1, 2, 3].map((n) => (throttled.includes(n) && n !== 2 ? new TableBusyError("throttled") : undefined));
      fixture.table.failures.push(...writes);
      if (throttled.includes(2)) expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
      expect(await deliver(fixture.handle, message(placed))).to.eql([]);
      expect(record(fixture), String(throttled)).to.deep.include({ state: "done", attempts: 1 });
    }
  });

  it("makes waits so long after many receives that SQS's limit of receives is never reached", async () => {
    const fixture = serveCheck(() => {
      throw new RetryLaterError("busy", { after: "1 second" });
    });
    for (const receives of ["399", "400"])
      await deliver(fixture.handle, message(placed, "m-1", { attributes: { ApproximateReceiveCount: receives } }));
    expect(fixture.hidden.map(({ seconds }) => seconds)).to.eql([1, 600]);
    const [least, longest] = [600, QUEUE_RETENTION_SECONDS];
    expect(400 + longest / least).to.be.below(MAX_RECEIVES);
  });

  it("loses nothing when the dead-letter queue can't be reached", async () => {
    const fixture = serveCheck(() => {
      throw new TerminalError("no", { code: "NO" });
    });
    fixture.faults.send = new Error("queue is down");
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    expect(fixture.bus.named("StepFailed")).to.eql([]);
    fixture.faults.send = undefined;
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(fixture.sent).to.have.length(1);
    expect(record(fixture).state).to.equal("dead");
  });

  it("publishes StepFailed again, without a second dead letter, when publishing failed", async () => {
    const fixture = serveCheck(() => {
      throw new TerminalError("no", { code: "NO" });
    });
    fixture.bus.down = true;
    expect(await deliver(fixture.handle, message(placed))).to.eql(["m-1"]);
    fixture.bus.down = false;
    expect(await deliver(fixture.handle, message(placed))).to.eql([]);
    expect(fixture.sent).to.have.length(1);
    expect(fixture.bus.named("StepFailed")).to.have.length(1);
  });

  it("retries a redriven dead letter, and continues the count of attempts", async () => {
    let broken = true;
    const fixture = serveCheck(
      ({ orderId }) => {
        if (broken) throw new Error("no");
        return OrderChecked({ orderId });
      },
      { attempts: 1 },
    );
    await deliver(fixture.handle, message(placed, "m-1"));
    expect(record(fixture)).to.deep.include({ state: "dead", attempts: 1 });
    const back = (id: string) =>
      message(placed, id, { messageAttributes: { errorCode: { dataType: "String", stringValue: "Error" } } });
    await deliver(fixture.handle, back("m-2"));
    expect(record(fixture)).to.deep.include({ state: "dead", attempts: 2, attemptsBefore: 1 });
    expect(await deliver(fixture.handle, back("m-2"))).to.eql([]); // the same message once more
    expect(record(fixture).attempts).to.equal(2);
    broken = false;
    await deliver(fixture.handle, back("m-3"));
    expect(record(fixture)).to.deep.include({ state: "done", attempts: 3 });
    expect(fixture.sent.map(({ attributes }) => attributes.attempts)).to.eql(["1", "2"]);
  });
});

describe("step / a dead letter that others have reported", () => {
  const back = (attempts: string) =>
    message(placed, "m-2", {
      messageAttributes: {
        errorCode: { dataType: "String", stringValue: "NO_PERMISSIONS" },
        attempts: { dataType: "String", stringValue: attempts },
      },
    });

  it("numbers its attempts after those, though the step has never seen it, so that its reports supersede the redrive's", async () => {
    const fixture = serveCheck(
      () => {
        throw new TerminalError("no", { code: "REFUSED" });
      },
      { attempts: 3 },
    );
    await deliver(fixture.handle, back("1"));
    expect(record(fixture)).to.deep.include({ state: "dead", attempts: 2, attemptsBefore: 1 });
    expect(fixture.bus.named("StepFailed").map(({ detail }) => (detail.data as { attempts: number }).attempts)).to.deep.equal([
      2,
    ]);
  });

  it("has all its attempts nevertheless, and counts them once", async () => {
    const fixture = serveCheck(
      () => {
        throw new Error("no");
      },
      { attempts: 3 },
    );
    const states: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      await deliver(fixture.handle, back("5"));
      const { state, attempts } = record(fixture);
      states.push([state, attempts]);
      fixture.clock.advance(3_600_000);
    }
    expect(states).to.deep.equal([
      ["waiting", 6],
      ["waiting", 7],
      ["dead", 8],
    ]);
  });
});

describe("step / direct delivery", () => {
  it("takes the event itself", async () => {
    const fixture = serveCheck(({ orderId }) => OrderChecked({ orderId }), { delivery: "direct" });
    await fixture.handle(placed, context());
    expect(names(fixture.bus)).to.eql(["OrderChecked", "StepSucceeded"]);
  });

  it("throws transient failures, so that Lambda retries, and dead-letters the third failure itself", async () => {
    const fixture = serveCheck(
      () => {
        throw new Error("no");
      },
      { delivery: "direct", attempts: 10 },
    );
    expect(await swallow(fixture.handle, placed)).to.be.an("error");
    expect(await swallow(fixture.handle, placed)).to.be.an("error");
    expect(fixture.sent).to.eql([]);
    expect(await swallow(fixture.handle, placed)).to.equal(undefined);
    expect(fixture.sent.map(({ body }) => JSON.parse(body) as unknown)).to.eql([placed]);
    expect(fixture.hidden).to.eql([]);
  });

  it("lets a RetryLaterError use an attempt up, since nothing waits for it", async () => {
    const fixture = serveCheck(
      () => {
        throw new RetryLaterError("later", { after: "1 hour" });
      },
      { delivery: "direct" },
    );
    for (let i = 0; i < 3; i += 1) await swallow(fixture.handle, placed);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("RETRY_LATER");
  });

  it("dead-letters a TerminalError and returns", async () => {
    const fixture = serveCheck(
      () => {
        throw new TerminalError("no");
      },
      { delivery: "direct" },
    );
    expect(await swallow(fixture.handle, placed)).to.equal(undefined);
    expect(fixture.sent).to.have.length(1);
  });
});
