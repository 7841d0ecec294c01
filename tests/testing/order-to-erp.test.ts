import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import orders from "../../flows/order-to-erp.ts";
import { event, flow, join, step } from "../../model/index.ts";
import { testFlow, testStep, thirdParty } from "../../testing/index.ts";
import { erp } from "../../third-parties/erp.ts";

const order = { orderId: "o-1", customerId: "C-9", lines: [{ sku: "A-7", quantity: 2, unitCents: 60_000 }] };
const requested = (data = order) => ({ type: "IntegrationRequested", data });
const customer = { orderId: "o-1", name: "Padaria Aurora Ltda", taxId: "11.222.333/0001-81" };

describe("testFlow, of a flow with a join", () => {
  it("joins, with OAuth and typed behaviours of the third party", async () => {
    const hub = await testFlow(orders, {
      thirdParties: {
        ...thirdParty(erp, { registerOrder: ({ input }) => ({ erpId: `E-${input.reference}`, accepted: true }) }),
      },
    });
    const request = hub.send(requested());
    await hub.settle();
    expect((await request.state()).status).to.equal("completed");
    expect(hub.emitted({ type: "OrderRegistered" })).to.deep.equal([{ orderId: "o-1", erpId: "E-o-1" }]);
    expect(hub.calls("erp.registerOrder")[0]?.body).to.deep.include({ totalCents: 114_000, discountCents: 6_000 });
  });

  it("registers each order once, in any order of its messages", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const hub = await testFlow(orders, { faults: { seed, duplicates: 0.5 } });
      const request = hub.send(requested());
      await hub.settle();
      expect((await request.state()).status, `seed ${seed}`).to.equal("completed");
      expect(hub.emitted({ type: "OrderRegistered" }), `seed ${seed}`).to.have.lengthOf(1);
    }
  });

  it("blocks a request that a step refuses, without a call", async () => {
    const hub = await testFlow(orders);
    const [line] = order.lines;
    const request = hub.send(requested({ ...order, lines: line ? [line, line] : [] }));
    await hub.settle();
    const { status, steps } = await request.state();
    expect(status).to.equal("blocked");
    expect(steps.find(({ step }) => step === "validate")?.error?.code).to.equal("DUPLICATE_SKU");
    expect(hub.calls()).to.deep.equal([]);
  });

  it("runs one step that joins, with a message for each part", async () => {
    const priced = { ...order, totalCents: 120_000, discountCents: 0, rules: [] };
    const outcome = await testStep(orders, "register", [
      { type: "RuleApplied", data: priced },
      { type: "DataEnriched", data: customer },
    ]);
    expect(outcome.status).to.equal("succeeded");
    expect(outcome.emitted.map(({ type }) => type)).to.deep.equal(["OrderRegistered"]);
  });
});

const Opened = event("Opened", z.object({ id: z.string() }));
const Closed = event("Closed", z.object({ id: z.string() }));
const Done = event("Done", z.object({ id: z.string() }));

describe("testFlow, of imported events", () => {
  const visits = flow("visits", {
    summary: "Pairs what another flow publishes.",
    owner: "test",
    imports: [Opened, Closed],
    steps: {
      pair: step({
        on: join({ opened: Opened, closed: Closed }, { by: "id", within: "1 hour" }),
        emits: [Done],
        handler: ({ opened }) => Done(opened),
      }),
    },
  });

  it("lets a deadline pass in virtual time", async () => {
    const hub = await testFlow(visits);
    const began = hub.now();
    const request = hub.send(Opened({ id: "v-1" }));
    await hub.pass("59 minutes");
    expect(hub.emitted({ type: "JoinTimedOut" })).to.deep.equal([]);
    await hub.settle();
    expect(hub.emitted({ type: "JoinTimedOut" })).to.have.lengthOf(1);
    expect((await request.state()).status).to.equal("failed");
    expect(hub.now() - began).to.be.within(3_600_000, 3_700_000);
  });

  it("joins by a field across requests", async () => {
    const hub = await testFlow(visits);
    hub.send(Opened({ id: "v-1" }));
    hub.send(Opened({ id: "v-2" }));
    hub.send(Closed({ id: "v-2" }));
    await hub.pass("5 minutes");
    expect(hub.emitted(Done)).to.deep.equal([{ id: "v-2" }]);
  });
});
