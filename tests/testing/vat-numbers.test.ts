import { expect } from "chai";
import { describe, it } from "mocha";
import vatNumbers from "../../examples/vat-numbers.ts";
import { answer, testFlow } from "../../testing/index.ts";

describe("testing / a flow of a synchronous endpoint alone", () => {
  it("needs no step: the call is a request that has completed", async () => {
    const hub = await testFlow(vatNumbers);
    const { status, body, request } = await hub.call("ask", { vatNumber: "PT502011378" });
    expect({ status, body }).to.deep.equal({ status: 200, body: { registered: true, name: "Acme Lda" } });
    await hub.settle();
    expect(await request.state()).to.deep.include({ status: "completed", steps: [] });
  });

  it("answers the code and the message of its TerminalError, and publishes nothing", async () => {
    const hub = await testFlow(vatNumbers, { thirdParties: { "vat-registry": { find: () => answer(404) } } });
    const { body } = await hub.call("ask", { vatNumber: "PT502011379" });
    expect(body).to.include({ status: 422, code: "NOT_REGISTERED", detail: "PT502011379 is not registered" });
    expect(hub.events).to.deep.equal([]);
  });
});
