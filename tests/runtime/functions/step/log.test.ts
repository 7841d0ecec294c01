import { expect } from "chai";
import { describe, it } from "mocha";
import type { BusEvent } from "../../../../model/envelope.ts";
import { OrderChecked, serveCheck } from "../../fakes/check-step.ts";
import { deliver, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const debugOf = ({ detail: { metadata } }: BusEvent) => [metadata.requestId, metadata.debug];

describe("step / log lines", () => {
  it("of a request that an operator debugs are all there, whatever the level is, and its events say so", async () => {
    const fixture = serveCheck(
      async ({ orderId }, { log }) => {
        await new Promise(setImmediate);
        log.debug("looked up", { orderId });
        return OrderChecked({ orderId });
      },
      { logLevel: "warn" },
    );
    const debugged = busEvent("OrderPlaced", { orderId: "o-2" }, { eventId: "e-2", requestId: "r-2", debug: true });
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "o-1" }), "m-1"), message(debugged, "m-2"));
    const lines = fixture.lines.filter(({ requestId }) => requestId !== undefined);
    expect(lines.map(({ level, message: text, requestId }) => [level, text, requestId])).to.deep.equal([
      ["debug", "event received", "r-2"],
      ["debug", "looked up", "r-2"],
      ["info", "step succeeded", "r-2"],
    ]);
    const saysSo = (name: string) => fixture.bus.named(name).map(debugOf);
    expect(saysSo("OrderChecked")).to.have.deep.members([
      ["r-1", undefined],
      ["r-2", true],
    ]);
    expect(saysSo("StepSucceeded")).to.have.deep.members(saysSo("OrderChecked"));
  });

  it("are JSON that says whose they are, also when records are worked on at once, and hold no payload", async () => {
    const fixture = serveCheck(async ({ orderId }, { log }) => {
      await new Promise(setImmediate);
      log.info("checked", { size: orderId.length, requestId: "forged", error: new Error("odd") });
      return OrderChecked({ orderId });
    });
    const two = busEvent("OrderPlaced", { orderId: "secret-2" }, { eventId: "e-2", requestId: "r-2", correlationId: "c-2" });
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "secret-1" }), "m-1"), message(two, "m-2"));
    await deliver(fixture.handle, message(busEvent("OrderPlaced", { orderId: "secret-1" }, { eventId: "e-3" }), "m-3"));
    const checked = fixture.lines.filter((line) => line.message === "checked");
    expect(checked.map(({ requestId, correlationId, coldStart }) => [requestId, correlationId, coldStart])).to.have.deep.members([
      ["r-1", "c-1", true],
      ["r-2", "c-2", true],
      ["r-1", "c-1", false],
    ]);
    expect(checked[0]).to.deep.include({
      level: "info",
      flow: "orders",
      step: "check",
      function: "orders-fn",
      attempt: 1,
      size: 8,
    });
    expect(checked[0]?.timestamp).to.match(/^\d{4}-\d\d-\d\dT/);
    expect(checked[0]?.error).to.include({ message: "odd" });
    expect(JSON.stringify(fixture.lines)).not.to.include("secret-");
    expect(fixture.lines.filter((line) => line.message === "step succeeded")).to.have.length(3);
  });
});
