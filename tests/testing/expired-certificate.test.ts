import { expect } from "chai";
import { describe, it } from "mocha";
import transfers from "../../examples/bank-transfers.ts";
import { testFlow } from "../../testing/index.ts";

describe("testFlow, of a third party with a client certificate", () => {
  it("waits while the third party's certificate has expired, and transfers once when it is renewed", async () => {
    const hub = await testFlow(transfers);
    hub.fault({ target: "bank", mode: "expired-certificate", times: 1 });
    const data = { reference: "r-1", iban: "DE02120300000000202051", amount: "10.00", name: "Aurora" };
    const request = hub.send({ type: "TransferRequested", data });
    await hub.settle();
    expect((await request.state()).steps).to.have.nested.property("[0].attempts", 2);
    expect(hub.calls("bank.transfer")).to.have.lengthOf(1);
    expect(hub.emitted({ type: "TransferBooked" })).to.deep.equal([{ reference: "r-1", bookingId: "000042" }]);
  });
});
