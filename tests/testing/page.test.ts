import { expect } from "chai";
import { describe, it } from "mocha";
import supplierStock from "../../examples/supplier-stock.ts";
import freightQuote from "../../flows/freight-quote.ts";
import fulfilment from "../../flows/order-fulfilment.ts";
import { answer, testFlow, testStep } from "../../testing/index.ts";

const order = { orderId: "o-1", sku: "A-7", quantity: 1, cents: 1_999, address: "12 High Street", deliverBy: "2030-07-01" };

describe("docs/testing.md", () => {
  it("tests a whole flow", async () => {
    const hub = await testFlow(fulfilment);
    const request = hub.send({ type: "FulfilmentRequested", data: order });
    await hub.settle();

    expect((await request.state()).status).to.equal("completed");
    expect(hub.calls("payments.charge").map(({ body }) => body)).to.deep.equal([{ reference: "o-1", cents: 1_999 }]);
  });

  it("gives the answers of third parties", async () => {
    const hub = await testFlow(fulfilment, {
      thirdParties: {
        warehouse: { reserve: ({ input }) => ({ id: `RSV-${input.reference}`, held: true }) },
        payments: { charge: () => answer(422, { error: "card expired" }) },
      },
    });
    const request = hub.send({ type: "FulfilmentRequested", data: order });
    await hub.settle();

    expect((await request.state()).status).to.equal("compensated");
    expect(hub.calls("warehouse.release")[0]?.path).to.include("RSV-o-1");
  });

  it("lets time pass", async () => {
    const hub = await testFlow(fulfilment);
    hub.fault({ target: "warehouse", mode: "error", status: 503, times: 4 });
    const request = hub.send({ type: "FulfilmentRequested", data: order });
    await hub.pass("1 hour");

    expect((await request.state()).status).to.equal("completed");
  });

  it("tests one step", async () => {
    const { status, emitted } = await testStep(fulfilment, "reserve", { type: "FulfilmentRequested", data: order });

    expect(status).to.equal("succeeded");
    expect(emitted[0]?.data).to.include({ reservationId: "RSV-301" });
  });

  it("tests properties", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const hub = await testFlow(fulfilment, { faults: { seed } });
      const request = hub.send({ type: "FulfilmentRequested", data: order });
      await hub.settle();
      expect((await request.state()).status, `seed ${seed}`).to.equal("completed");
      expect(hub.calls("payments.charge").filter(({ effect }) => effect === "applied")).to.have.lengthOf(1);
    }
  });

  it("runs a poll", async () => {
    const hub = await testFlow(supplierStock);
    expect(await hub.poll("changes")).to.deep.equal({ ended: "caught up", pages: 3, events: 3 });
    await hub.settle();
    expect(await hub.poll("changes")).to.deep.equal({ ended: "caught up", pages: 1, events: 0 });
  });

  it("calls a synchronous endpoint", async () => {
    const hub = await testFlow(freightQuote);
    const { status, body } = await hub.call("quote", { country: "PT", postcode: "1000-205", weightGrams: 200 });

    expect(status).to.equal(200);
    expect(body).to.include({ carrier: "swift", cents: 1_490 });
  });
});
