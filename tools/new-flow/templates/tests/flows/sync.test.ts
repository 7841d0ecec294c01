import { expect } from "chai";
import { describe, it } from "mocha";
import { testFlow } from "../../../../../testing/index.ts";
import flowName from "../../flows/sync.ts";

describe("flow-name", () => {
  it("answers the caller", async () => {
    const hub = await testFlow(flowName);
    const { status, body, request } = await hub.call("ask", { item: "A-1" });
    expect({ status, body }).to.deep.equal({ status: 200, body: { left: 4 } });
    await hub.settle();

    expect((await request.state()).status).to.equal("completed");
  });

  it("refuses an item that the partner does not know", async () => {
    const thirdParties = { "flow-name-partner": { find: () => ({ known: false, left: 0 }) } };
    const { body } = await (await testFlow(flowName, { thirdParties })).call("ask", { item: "A-9" });

    expect(body).to.include({ status: 422, code: "NO_ITEM" });
  });
});
