import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Feed, openFeed } from "../../../console/server/feed.ts";
import type { Json } from "../../../console/server/hub-port.ts";
import { passedEvents, passingOf } from "../../../console/server/passed-events.ts";
import { compilePattern } from "../../../emulator/events/pattern.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import { fakeHub } from "./hub.ts";

describe("the last events of an edge", () => {
  let feed: Feed;
  let fake: ReturnType<typeof fakeHub>;
  beforeEach(() => {
    const resource = (type: string, urn: string, parent: string | undefined, inputs: Json, outputs: Json) => ({
      ...{ type, urn, parent, name: urn, inputs, outputs },
    });
    const eventPattern = JSON.stringify({ detail: { data: { total: [{ numeric: [">", 100] }] } } });
    fake = fakeHub({
      matches: (pattern, event) => compilePattern(pattern)(event),
      resources: [
        resource(COMPONENTS.step, "urn:step", undefined, { flow: "orders", step: "announce" }, {}),
        resource("aws:cloudwatch/eventRule:EventRule", "urn:rule", "urn:step", {}, { eventPattern }),
      ],
    });
    feed = openFeed(":memory:", fake.hub, () => {});
  });
  afterEach(() => feed.close());
  const idsBy = (query: string) =>
    passedEvents(fake.hub, feed.events, passingOf(new URLSearchParams(query))).map(({ requestId }) => requestId);

  it("are fifty, the newest first, of one publisher where one is given", async () => {
    for (let i = 0; i < 60; i++) fake.publish("Placed", `r${i}`, {}, { step: i % 2 ? "one" : "two" });
    await feed.flush();
    const newest = Array.from({ length: 60 }, (_, i) => `r${59 - i}`);
    expect(idsBy("name=Placed")).to.deep.equal(newest.slice(0, 50));
    expect(idsBy("name=Placed&by=orders/one")).to.deep.equal(newest.filter((_, i) => i % 2 === 0));
    expect(idsBy("name=Other&name=Placed&by=others/one")).to.deep.equal([]);
    expect(idsBy("")).to.deep.equal([]);
  });

  it("are those that the rule of a step lets pass, and that the archive still holds", async () => {
    for (const [requestId, total] of [
      ["small", 100],
      ["large", 101],
      ["expired", 999],
    ] as const)
      fake.publish("Placed", requestId, { total });
    await feed.flush();
    const { eventAt } = fake.hub;
    const hub = { ...fake.hub, eventAt: (place: number) => (place === 3 ? undefined : eventAt(place)) };
    const passing = passingOf(new URLSearchParams("name=Placed&to=orders/announce"));
    expect(passedEvents(hub, feed.events, passing).map(({ requestId }) => requestId)).to.deep.equal(["large"]);
    expect(idsBy("name=Placed&to=orders/other")).to.deep.equal(["expired", "large", "small"]);
  });

  it("are not looked for by more than a hundred names", () => {
    const names = Array.from({ length: 101 }, (_, i) => `name=n${i}`).join("&");
    expect(() => passingOf(new URLSearchParams(names))).to.throw("There are more than 100 parameters name.");
  });
});
