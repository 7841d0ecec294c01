import { expect } from "chai";
import { describe, it } from "mocha";
import orders from "../../flows/order-fulfilment.ts";
import { answer, testFlow, testStep } from "../../testing/index.ts";

const order = { orderId: "o-1", sku: "A-7", quantity: 1, cents: 1_999, address: "12 High Street", deliverBy: "2030-07-01" };
const requested = (data = order) => ({ type: "FulfilmentRequested", data });
const effects = (hub: Awaited<ReturnType<typeof testFlow>>) =>
  hub
    .calls()
    .filter(({ effect }) => effect === "applied")
    .map(({ target, operation }) => `${target}.${operation}`);

describe("testFlow, of a flow with compensations", () => {
  it("completes a request, and shows events, calls and state", async () => {
    const hub = await testFlow(orders);
    const request = hub.send(requested());
    await hub.settle();
    const { status, steps } = await request.state();
    expect(status).to.equal("completed");
    expect(steps.map(({ step, status }) => `${step} ${status}`)).to.deep.equal([
      "reserve succeeded",
      "charge succeeded",
      "ship succeeded",
      "confirm succeeded",
    ]);
    expect(effects(hub)).to.deep.equal(["warehouse.reserve", "payments.charge", "carrier.ship"]);
    expect(hub.calls("payments.charge").map(({ body }) => body)).to.deep.equal([{ reference: "o-1", cents: 1_999 }]);
  });

  it("compensates in reverse order, with the answers that the test gives", async () => {
    const hub = await testFlow(orders, {
      thirdParties: { carrier: { ship: () => ({ id: "P-9", arrivesOn: "2030-08-01" }) } },
    });
    const request = hub.send(requested());
    await hub.settle();
    expect((await request.state()).status).to.equal("compensated");
    expect(effects(hub).slice(3)).to.deep.equal(["carrier.cancel", "payments.refund", "warehouse.release"]);
    expect(hub.calls("carrier.cancel")[0]?.path).to.equal("/carrier/api/parcels/P-9/cancellation");
  });

  it("waits as the steps do, in virtual time, and keeps what fails for good as a dead letter", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "warehouse", mode: "error", status: 503 });
    const began = hub.now();
    const request = hub.send(requested());
    await hub.settle();
    expect((await request.state()).status).to.equal("blocked");
    expect(await hub.deadLetters()).to.have.lengthOf(1);
    expect(hub.now() - began).to.be.greaterThan(8_000);

    hub.fault({ target: "warehouse", mode: "ok" });
    await hub.pass("1 hour");
    await hub.redrive();
    await hub.settle();
    expect((await request.state()).status).to.equal("completed");
    expect(await hub.deadLetters()).to.deep.equal([]);
  });

  it("begins at the time that the test gives, and moves its clock by `pass` alone", async () => {
    const hub = await testFlow(orders, { now: "2027-03-28T00:30:00Z" });
    const request = hub.send(requested());
    expect(new Date(hub.now()).toISOString()).to.equal("2027-03-28T00:30:00.000Z");
    await hub.pass("1 hour");
    expect(new Date(hub.now()).toISOString()).to.equal("2027-03-28T01:30:00.000Z");
    expect((await request.state()).steps[0]?.startedAt).to.match(/^2027-03-28T00:30:/);
  });

  it("performs each effect once, wherever one process dies", async () => {
    const whole = await testFlow(orders);
    whole.send(requested());
    await whole.settle();
    expect(whole.points).to.be.greaterThan(50);
    for (let crashAt = 0; crashAt < whole.points; crashAt += 1) {
      const hub = await testFlow(orders, { faults: { crashAt } });
      const request = hub.send(requested());
      await hub.settle();
      expect((await request.state()).status, `crashAt ${crashAt}`).to.equal("completed");
      expect(effects(hub), `crashAt ${crashAt}`).to.deep.equal(["warehouse.reserve", "payments.charge", "carrier.ship"]);
    }
  });

  it("ends well with repeated, late and reordered messages and processes that die", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const hub = await testFlow(orders, { faults: { seed } });
      const requests = ["a", "b", "c"].map((orderId) => hub.send(requested({ ...order, orderId })));
      await hub.settle();
      const states = await Promise.all(requests.map((request) => request.state()));
      expect(
        states.map(({ status }) => status),
        `seed ${seed}`,
      ).to.deep.equal(["completed", "completed", "completed"]);
      expect(effects(hub), `seed ${seed}`).to.have.lengthOf(9);
    }
  });

  it("refuses what the flow does not have, by name", async () => {
    const hub = await testFlow(orders);
    expect(() => hub.send({ type: "OrderPlaced", data: {} })).to.throw(RangeError, "Its events are FulfilmentRequested,");
    expect(() => hub.send(requested({ ...order, quantity: 0 }))).to.throw(RangeError, "quantity:");
    expect(() => hub.fault({ target: "shop", mode: "hang" })).to.throw(RangeError, "warehouse, payments, carrier");
    for (const [thirdParties, text] of [
      [{ shop: {} }, "warehouse, payments, carrier"],
      [{ warehouse: { book: () => ({}) } }, "There are reserve, release"],
    ] as const)
      expect(await testFlow(orders, { thirdParties }).catch((error: unknown) => String(error))).to.include(text);
  });
});

describe("testStep", () => {
  it("runs one step, and returns what it published and called", async () => {
    const outcome = await testStep(orders, "reserve", requested());
    expect(outcome.status).to.equal("succeeded");
    expect(outcome.emitted).to.deep.equal([{ type: "StockReserved", data: { ...order, reservationId: "RSV-301" } }]);
    expect(outcome.calls.map(({ operation }) => operation)).to.deep.equal(["reserve"]);
  });

  it("reports why a step failed", async () => {
    const soldOut = await testStep(orders, "reserve", requested(), {
      thirdParties: { warehouse: { reserve: () => ({ id: "", held: false }) } },
    });
    expect(soldOut).to.deep.include({ status: "failed", attempts: 1, emitted: [] });
    expect(soldOut.error?.code).to.equal("OUT_OF_STOCK");
    const refused = await testStep(orders, "reserve", requested(), {
      thirdParties: { warehouse: { reserve: () => answer(422, { why: "no" }) } },
    });
    expect(refused.error?.code).to.equal("THIRD_PARTY_REFUSED");
  });

  it("names the steps that there are", async () => {
    expect(await testStep(orders, "reserv", requested()).catch((error: unknown) => String(error))).to.include(
      "reserve, charge, ship, confirm",
    );
  });
});
