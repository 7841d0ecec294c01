import { expect } from "chai";
import { describe, it } from "mocha";
import { answer, testFlow } from "../../../../../testing/index.ts";
import flowName from "../../flows/api.ts";

const data = { reference: "r-1", email: "ana@example.com" };

describe("flow-name", () => {
  it("sends what a caller posts to the partner", async () => {
    const hub = await testFlow(flowName);
    const request = hub.send({ type: "FlowNameRequested", data });
    await hub.settle();

    expect((await request.state()).status).to.equal("completed");
    expect(hub.calls("flow-name-partner.add").map(({ body }) => body)).to.deep.equal([
      { reference: "r-1", contact: "ana@example.com" },
    ]);
    expect(hub.emitted({ type: "FlowNameDone" })).to.deep.equal([{ reference: "r-1", partnerId: "P-1001" }]);
  });

  it("makes a dead letter of what the partner refuses", async () => {
    const hub = await testFlow(flowName, { thirdParties: { "flow-name-partner": { add: () => answer(422, {}) } } });
    const request = hub.send({ type: "FlowNameRequested", data });
    await hub.settle();

    expect((await request.state()).status).to.equal("blocked");
    expect(await hub.deadLetters()).to.have.lengthOf(1);
  });
});
