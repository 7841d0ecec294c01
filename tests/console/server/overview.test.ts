import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Feed, openFeed } from "../../../console/server/feed.ts";
import type { Json } from "../../../console/server/hub-port.ts";
import { overviewOf, partyOverview } from "../../../console/server/overview.ts";
import paymentNotifications from "../../../flows/payment-notifications.ts";
import { graph } from "../../../model/index.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import { fakeHub } from "./hub.ts";

const resource = (type: string, name: string, inputs: object) => ({
  ...{ urn: name, type, name, parent: undefined, inputs: inputs as Json, outputs: {} },
});
const party = (name: string, kind: string) =>
  resource(COMPONENTS.thirdParty, name, { name, baseUrl: "https://x.example", auth: { kind }, operations: [] });

describe("the overview of the hub on this machine", () => {
  const asked: string[] = [];
  let feed: Feed;
  const fake = fakeHub({
    resources: [
      resource(COMPONENTS.flow, "payments", { graph: graph(paymentNotifications) }),
      party("erp", "none"),
      party("idle", "none"),
      party("db", "connection"),
    ],
    measured(metric, about, statistic, seconds) {
      asked.push([metric, ...Object.entries(about).flat(), statistic, seconds].join(" "));
      if (about.thirdParty === "idle") return undefined;
      return { p50: 40, p99: 900, SampleCount: 10, Sum: metric === "RequestsLate" ? 1 : 3 }[statistic];
    },
  });
  beforeEach(() => {
    asked.length = 0;
    feed = openFeed(":memory:", fake.hub, () => {});
  });
  afterEach(() => feed.close());

  it("has the calls of each third party by HTTP, of the last hour and the last five minutes", async () => {
    const { parties } = await overviewOf(fake.hub, feed);
    expect(parties.map(({ name, calls }) => [name, calls])).to.deep.equal([
      ["db", null],
      ["erp", { perMinute: 2, failed: 3, p50: 40, p99: 900 }],
      ["idle", { perMinute: 0, failed: 0, p50: null, p99: null }],
    ]);
    asked.length = 0;
    await partyOverview(fake.hub, "erp");
    expect(asked).to.deep.equal([
      "CallMilliseconds thirdParty erp SampleCount 300",
      "CallErrors thirdParty erp Sum 3600",
      "CallMilliseconds thirdParty erp p50 3600",
      "CallMilliseconds thirdParty erp p99 3600",
    ]);
  });

  it("works figures of many calls out again after five seconds, and those of few at once", async () => {
    let [now, count] = [fake.hub.now(), 501 * 5];
    const hub = { ...fake.hub, now: () => now, measured: () => count };
    const perMinute = async () => (await partyOverview(hub, "erp")).calls?.perMinute;
    expect(await perMinute()).to.equal(501);
    count = 10;
    now += 4_999;
    expect(await perMinute()).to.equal(501);
    now += 1;
    expect(await perMinute()).to.equal(2);
    count = 20;
    expect(await perMinute()).to.equal(4);
  });

  it("has the objective of each flow that declares one, with the requests of the alarms' windows", async () => {
    const { flows } = await overviewOf(fake.hub, feed);
    const outcomes = { inTime: 3, late: 1 };
    expect(flows.map(({ flow, promise }) => [flow, promise])).to.deep.equal([
      ["payment-notifications", { objective: graph(paymentNotifications).slo, outcomes: { fast: outcomes, slow: outcomes } }],
    ]);
    expect(asked).to.include("RequestsLate flow payment-notifications Sum 21600");
  });
});
