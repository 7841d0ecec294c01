import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Feed, openFeed } from "../../../console/server/feed.ts";
import { type FlowState, flowPage } from "../../../console/server/flow-page.ts";
import type { Json } from "../../../console/server/hub-port.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import { graph } from "../../../model/index.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import type { RequestState } from "../../../runtime/functions/ledger/state.ts";
import { fakeHub, summary } from "./hub.ts";

const FLOW = orderToErp.name;
const inputs = { graph: graph(orderToErp) } as unknown as Json;
const flow = { urn: "flow", type: COMPONENTS.flow, name: FLOW, parent: undefined, inputs, outputs: {} };

/** A request with these deliveries, each a step and its status. */
const withFacts = (requestId: string, status: RequestState["status"], ...deliveries: readonly (readonly [string, string])[]) =>
  summary(requestId, {
    request: { requestId, correlationId: requestId, tenant: "shop", flow: FLOW, graph: "g1" },
    status,
    body: {
      facts: {
        events: [],
        ends: [],
        deliveries: deliveries.map(([step, status], n) => ({
          ...{ step, delivery: `d${n}`, causes: [`d${n}`], status, attempts: 1, emitted: [] },
          ...{ startedAt: "2026-11-28T11:59:00.000Z", finishedAt: "2026-11-28T11:59:01.000Z" },
        })),
      },
    } as unknown as RequestState["body"],
  });

describe("the page of a flow", () => {
  let fake: ReturnType<typeof fakeHub>;
  let feed: Feed;
  beforeEach(() => {
    fake = fakeHub({ resources: [flow] });
    feed = openFeed(":memory:", fake.hub, () => {});
  });
  afterEach(() => feed.close());
  const stateOf = (more: Partial<FlowState>): FlowState => ({
    ...{ counts: {}, recent: {}, openDeadLetters: 0, promise: null, source: null, retrying: null },
    ...{ deadLettersOf: () => 0, depth: () => ({ visible: 0, inFlight: 5, delayed: 0 }) },
    ...more,
  });

  it("separates what retries from what is handled now, by the ledger", async () => {
    fake.write(withFacts("r1", "running", ["register", "retrying"], ["register", "retrying"], ["enrich", "succeeded"]));
    fake.write(withFacts("r2", "running", ["register", "retrying"]));
    fake.write(withFacts("r3", "cancelled", ["register", "retrying"]));
    const tally = { marks: {}, steps: { enrich: { retrying: 2, succeeded: 7 } } };
    const { facts: _, ...many } = withFacts("r4", "running");
    fake.write({ ...many, tally: JSON.stringify(tally), pending: "[]" } as never);
    await feed.flush();
    expect(feed.requests.retrying(FLOW)).to.deep.equal({ register: 3, enrich: 2 });
    fake.write({ ...withFacts("r1", "running", ["register", "succeeded"]), rev: 2 });
    await feed.flush();
    const retrying = feed.requests.retrying(FLOW);
    expect(retrying).to.deep.equal({ register: 1, enrich: 2 });
    const states = flowPage(fake.hub, FLOW, stateOf({ retrying }))?.states;
    expect(states?.["step:register"]).to.deep.equal({ health: "wait", text: "1 retrying, 4 in flight" });
    expect(states?.["step:validate"]).to.deep.equal({ health: "busy", text: "5 in flight" });
  });

  it("says so where it is not known, as of a deployed stack", () => {
    expect(flowPage(fake.hub, FLOW, stateOf({}))?.states["step:register"]?.text).to.equal("5 in flight or retrying");
  });
});
