import { expect } from "chai";
import { describe, it } from "mocha";
import { placed, record, serveCheck } from "../../fakes/check-step.ts";
import { deliver, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

describe("step / what comes in", () => {
  it("dead-letters a payload that does not match its schema, and names each field", async () => {
    const fixture = serveCheck(() => []);
    expect(await deliver(fixture.handle, message(busEvent("OrderPlaced", { lines: "many" })))).to.eql([]);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("INVALID_PAYLOAD");
    expect(record(fixture).errorMessage).to.match(/orderId.*\/lines must be number/);
    expect(record(fixture).errorMessage).not.to.include("many");
  });

  it("reads the digits of a number that a double would round as text, and never another number", async () => {
    const inputs: unknown[] = [];
    const fixture = serveCheck((input: unknown) => {
      inputs.push(input);
      return [];
    });
    const text = JSON.stringify(busEvent("OrderPlaced", { orderId: "@id", lines: 1 }));
    await deliver(fixture.handle, message(text.replace('"@id"', "1152921506151679043")));
    expect(inputs).to.deep.equal([{ orderId: "1152921506151679043", lines: 1 }]);
    const refused = serveCheck(() => []);
    await deliver(refused.handle, message(text.replace('"lines":1', '"lines":1e400')));
    expect(refused.sent[0]?.attributes.errorCode).to.equal("INVALID_PAYLOAD");
  });

  it("refuses a key __proto__ that came over the bus, with its place, and keeps constructor", async () => {
    const inputs: unknown[] = [];
    const handler = (input: unknown) => {
      inputs.push(input);
      return [];
    };
    const text = JSON.stringify(busEvent("OrderPlaced", { orderId: "O-1", lines: 1, more: "@" }));
    const refused = serveCheck(handler);
    await deliver(refused.handle, message(text.replace('"@"', '{"__proto__":{"admin":true}}')));
    expect(record(refused).errorMessage).to.include("/more/__proto__ must not be a key");
    await deliver(serveCheck(handler).handle, message(text.replace('"@"', '{"constructor":{"prototype":1}}')));
    expect(inputs).to.deep.equal([{ orderId: "O-1", lines: 1, more: { constructor: { prototype: 1 } } }]);
  });

  it("dead-letters garbage, once", async () => {
    for (const garbage of [
      "{not json",
      "null",
      "[]",
      JSON.stringify({ "detail-type": "OrderPlaced", detail: { data: {} } }),
      JSON.stringify({ ...placed, detail: { metadata: {} } }),
    ]) {
      const fixture = serveCheck(() => []);
      expect(await deliver(fixture.handle, message(garbage))).to.eql([]);
      expect(fixture.sent).to.eql([
        {
          url: "https://sqs/dead",
          body: garbage,
          attributes: { flow: "orders", step: "check", errorCode: "UNREADABLE_EVENT", attempts: "0" },
        },
      ]);
      expect(fixture.table.items.size).to.equal(0);
    }
  });

  it("keeps garbage in the queue while the dead-letter queue can't be reached", async () => {
    const fixture = serveCheck(() => []);
    fixture.faults.send = new Error("queue is down");
    expect(await deliver(fixture.handle, message("garbage"))).to.eql(["m-1"]);
  });

  it("refuses an event that the step does not wait for", async () => {
    const fixture = serveCheck(() => []);
    await deliver(fixture.handle, message(busEvent("OrderChecked", { orderId: "o-1" })));
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("UNEXPECTED_EVENT");
  });

  it("ends a chain of more than 50 events", async () => {
    const fixture = serveCheck(() => []);
    expect(await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { hop: 51 })))).to.eql([]);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("HOP_LIMIT");
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }, { hop: 50, eventId: "e-2" })));
    expect(fixture.sent).to.have.length(1);
  });
});
