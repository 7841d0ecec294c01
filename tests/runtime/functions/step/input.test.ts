import { expect } from "chai";
import { describe, it } from "mocha";
import { placed, record, serveCheck } from "../../fakes/check-step.ts";
import { deliver, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

describe("step / what comes in", () => {
  it("dead-letters a payload that does not match its schema, and names each field", async () => {
    const of = serveCheck(() => []);
    expect(await deliver(of.handle, message(busEvent("OrderPlaced", { lines: "many" })))).to.eql([]);
    expect(of.sent[0]?.attributes.errorCode).to.equal("INVALID_PAYLOAD");
    expect(record(of).errorMessage).to.match(/orderId.*\/lines must be number/);
    expect(record(of).errorMessage).not.to.include("many");
  });

  it("dead-letters garbage, once", async () => {
    for (const garbage of [
      "{not json",
      "null",
      "[]",
      JSON.stringify({ "detail-type": "OrderPlaced", detail: { data: {} } }),
      JSON.stringify({ ...placed, detail: { metadata: {} } }),
    ]) {
      const of = serveCheck(() => []);
      expect(await deliver(of.handle, message(garbage))).to.eql([]);
      expect(of.sent).to.eql([
        {
          url: "https://sqs/dead",
          body: garbage,
          attributes: { flow: "orders", step: "check", errorCode: "UNREADABLE_EVENT", attempts: "0" },
        },
      ]);
      expect(of.table.items.size).to.equal(0);
    }
  });

  it("keeps garbage in the queue while the dead-letter queue can't be reached", async () => {
    const of = serveCheck(() => []);
    of.faults.send = new Error("queue is down");
    expect(await deliver(of.handle, message("garbage"))).to.eql(["m-1"]);
  });

  it("refuses an event that the step does not wait for", async () => {
    const of = serveCheck(() => []);
    await deliver(of.handle, message(busEvent("OrderChecked", { orderId: "o-1" })));
    expect(of.sent[0]?.attributes.errorCode).to.equal("UNEXPECTED_EVENT");
  });

  it("ends a chain of more than 50 events", async () => {
    const of = serveCheck(() => []);
    expect(await deliver(of.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { hop: 51 })))).to.eql([]);
    expect(of.sent[0]?.attributes.errorCode).to.equal("HOP_LIMIT");
    await deliver(of.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { hop: 50, eventId: "e-2" })));
    expect(of.sent).to.have.length(1);
  });
});
