import { expect } from "chai";
import { describe, it } from "mocha";
import { testFlow } from "../../../../../testing/index.ts";
import flowName from "../../flows/schedule.ts";

const due = { type: "FlowNameDue", data: { warehouse: "north" } };

describe("flow-name", () => {
  it("reads the partner's items", async () => {
    const hub = await testFlow(flowName);
    const request = hub.send(due);
    await hub.settle();

    expect((await request.state()).status).to.equal("completed");
    expect(hub.emitted({ type: "FlowNameRead" })).to.deep.equal([{ warehouse: "north", items: 2 }]);
  });

  it("reads them once the partner is back", async () => {
    const hub = await testFlow(flowName);
    hub.fault({ target: "flow-name-partner", mode: "error", status: 503, times: 2 });
    hub.send(due);
    await hub.pass("1 hour");

    expect(hub.emitted({ type: "FlowNameRead" })).to.have.lengthOf(1);
  });
});
