import { expect } from "chai";
import { describe, it } from "mocha";
import { testFlow } from "../../../../../testing/index.ts";
import flowName from "../../flows/poll.ts";

describe("flow-name", () => {
  it("reads all pages, and nothing twice", async () => {
    const hub = await testFlow(flowName);
    expect(await hub.poll("items")).to.deep.equal({ ended: "caught up", pages: 2, events: 2 });
    expect(await hub.poll("items")).to.deep.equal({ ended: "caught up", pages: 1, events: 0 });
    await hub.settle();

    expect(hub.emitted({ type: "FlowNameRead" })).to.deep.equal([
      { sku: "A-1", inStock: true },
      { sku: "A-2", inStock: true },
    ]);
  });

  it("goes on where it was when its process has died", async () => {
    const hub = await testFlow(flowName, { faults: { crashAt: 8 } });
    expect((await hub.poll("items")).ended).to.equal("died");
    await hub.pass("5 minutes");
    await hub.poll("items");
    await hub.settle();

    expect(hub.emitted({ type: "FlowNameRead" })).to.have.lengthOf(2);
  });
});
