import { expect } from "chai";
import { describe, it } from "mocha";
import { testFlow } from "../../../../../testing/index.ts";
import flowName from "../../flows/webhook.ts";

const data = { id: "n-1", status: "paid", cents: 1_999 };

describe("flow-name", () => {
  it("accepts what is paid, and ignores the rest", async () => {
    const hub = await testFlow(flowName);
    hub.send({ type: "FlowNameNotified", data });
    hub.send({ type: "FlowNameNotified", data: { ...data, id: "n-2", status: "pending" } });
    await hub.settle();

    expect(hub.emitted({ type: "FlowNameAccepted" })).to.deep.equal([{ id: "n-1", cents: 1_999 }]);
  });

  it("makes a dead letter of a notification that can't be right", async () => {
    const hub = await testFlow(flowName);
    hub.send({ type: "FlowNameNotified", data: { ...data, cents: -1 } });
    await hub.settle();

    expect((await hub.deadLetters()).map(({ errorCode }) => errorCode)).to.deep.equal(["NEGATIVE"]);
  });
});
