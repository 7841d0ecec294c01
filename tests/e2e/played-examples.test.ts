import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import { testFlow } from "../../testing/index.ts";
import { hubOf } from "./copy.ts";
import played from "./flows/played.ts";
import { requestOf } from "./support.ts";

const LISTED = ["coffee", "filter", "kettle", "mill", "scale"];

describe("end to end / examples that are functions of the call", function () {
  this.timeout(300_000);
  const here = hubOf(["played"]);
  const events: BusEvent[] = [];
  before(() => here.hub.services.bus.onEvent(({ event }) => events.push(event)));
  const published = (name: string) => events.filter((event) => event["detail-type"] === name).map(({ detail }) => detail.data);

  it("play pages by cursor and by link, answers that differ, and errors", async () => {
    const requestId = await requestOf(await here.client.post("/asked", { wanted: ["coffee", "nothing", "mill"] }));
    await here.client.reaches(requestId, "completed");
    expect(published("Listed")).to.deep.equal([{ cursor: LISTED, linked: LISTED }]);
    expect(published("Reserved")).to.deep.equal([{ numbers: [1, 2], missing: ["nothing"] }]);
    const calls = await here.client.calls("?target=warehouse&operation=list");
    expect(calls.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
  });

  it("answer 500 with the reason when they throw, without an effect", async () => {
    const answer = await fetch(`${here.client.sandboxUrl}/warehouse/v2/reservations`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": "k-1" },
      body: '{"sku":"broken"}',
    });
    expect(answer.status).to.equal(500);
    expect(await answer.text()).to.include("the example of warehouse.reserve failed: no such shelf");
    const effects = (await (await fetch(`${here.client.sandboxUrl}/_effects?target=warehouse`)).json()) as { count: number };
    expect(effects.count).to.equal(2);
  });

  it("answer in tests of flows as well, unless the test has a behaviour of its own", async () => {
    const asked = { type: "Asked", data: { wanted: ["nothing"] } };
    const alone = await testFlow(played);
    alone.send(asked);
    await alone.settle();
    expect(alone.emitted({ type: "Listed" })).to.deep.equal([{ cursor: LISTED, linked: LISTED }]);
    expect(alone.emitted({ type: "Reserved" })).to.deep.equal([{ numbers: [], missing: ["nothing"] }]);
    const other = await testFlow(played, { thirdParties: { warehouse: { find: ({ input }) => ({ sku: input.sku }) } } });
    other.send(asked);
    await other.settle();
    expect(other.emitted({ type: "Reserved" })).to.deep.equal([{ numbers: [1], missing: [] }]);
  });
});
