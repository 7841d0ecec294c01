import { expect } from "chai";
import { describe, it } from "mocha";
import type { DeployedHub } from "../../../../console/server/deployed/hub.ts";
import { overviewOf } from "../../../../console/server/deployed/overview.ts";
import type { RequestPage } from "../../../../console/shared/api.ts";
import orderFulfilment from "../../../../flows/order-fulfilment.ts";
import orderToErp from "../../../../flows/order-to-erp.ts";
import { graph } from "../../../../model/index.ts";
import { COMPONENTS } from "../../../../protocol/kinds.ts";
import type { FlowStatus, HubStatus, QueueDepth } from "../../../../protocol/status.ts";

const party = (name: string) => ({ name, baseUrl: `https://${name}.example`, auth: { kind: "none" }, operations: [] });
const resource = (type: string, inputs: object) => ({ type, inputs, outputs: {}, name: "", urn: "" });
const hub = {
  ...{ apiUrl: "", operatorKey: "key", otherKeys: [], deployed: { name: "prod", options: "--stack prod" } },
  resources: [
    ...[orderToErp, orderFulfilment].map((flow) => resource(COMPONENTS.flow, { graph: graph(flow) })),
    ...["erp", "carrier"].map((name) => resource(COMPONENTS.thirdParty, party(name))),
  ],
} as unknown as DeployedHub;
const depth = (visible: number, inFlight: number, delayed = 0): QueueDepth => ({ visible, inFlight, delayed });
const step = (name: string, of: QueueDepth | null, deadLetters = 0) => ({ step: name, queue: name, depth: of, deadLetters });
const flowOf = (flow: string, steps: FlowStatus["steps"], deadLetters = 0): FlowStatus => ({
  ...{ flow, steps, timers: [], deadLetters, objective: null },
});
const statusOf = (changes: Partial<HubStatus> = {}): HubStatus => ({
  ...{ at: "2026-11-29T12:00:00.000Z", table: "hub-state", flows: [], thirdParties: [], holds: [] },
  deadLetters: { open: 0, oldest: null, counted: 0 },
  ...changes,
});
const overview = async (status: HubStatus) => {
  const asked: unknown[] = [];
  const list = async (of: { readonly query: string; readonly limit: number }): Promise<RequestPage> => {
    asked.push([of.query, of.limit]);
    return { rows: [{ requestId: "r-1" }] } as unknown as RequestPage;
  };
  return { found: await overviewOf(hub, status, list), asked };
};

describe("the overview of a deployed stack", () => {
  it("has messages and dead letters of each flow, breakers and holds, and counts no requests", async () => {
    const holds = [
      { flow: "order-to-erp", until: "2026-11-29T14:00:00.000Z", by: "ana", why: "a move", since: "2026-11-29T11:00:00.000Z" },
    ];
    const { found, asked } = await overview(
      statusOf({
        flows: [
          flowOf("order-to-erp", [step("validate", depth(2, 1, 3)), step("register", depth(0, 4), 1)], 2),
          flowOf("order-fulfilment", [step("reserve", depth(0, 1))]),
        ],
        thirdParties: [{ name: "erp", breaker: "open", failures: 9, openUntil: "2026-11-29T12:01:00.000Z" }],
        holds,
        deadLetters: { open: 2, oldest: "2026-11-29T10:00:00.000Z", counted: 2 },
      }),
    );
    expect(
      found.flows.map(({ flow, counts, messages, openDeadLetters, health }) => [flow, counts, messages, openDeadLetters, health]),
    ).to.deep.equal([
      ["order-fulfilment", null, { waiting: 0, inFlight: 1 }, 0, "busy"],
      ["order-to-erp", null, { waiting: 5, inFlight: 5 }, 2, "bad"],
    ]);
    expect(found.parties.map(({ name, breaker, openUntil }) => [name, breaker, openUntil])).to.deep.equal([
      ["carrier", "closed", ""],
      ["erp", "open", "2026-11-29T12:01:00.000Z"],
    ]);
    expect(found).to.deep.include({
      ...{ stack: "prod", counts: null, openDeadLetters: 2, oldestDeadLetter: "2026-11-29T10:00:00.000Z" },
      ...{ perMinute: null, holds, alarms: null, index: null },
      health: { "flow:order-fulfilment": "busy", "flow:order-to-erp": "bad", "party:carrier": "good", "party:erp": "bad" },
      attention: [{ requestId: "r-1" }],
    });
    expect(asked).to.deep.equal([["status:blocked,compensation-failed,failed", 8]]);
  });

  it("has the objective that the stack has for a flow, without its outcomes, and no calls", async () => {
    const objective = { completedWithin: "1 minute", for: "99.9 %" };
    const { found } = await overview(statusOf({ flows: [{ ...flowOf("order-to-erp", []), objective }] }));
    expect(found.flows.map(({ flow, promise }) => [flow, promise])).to.deep.equal([
      ["order-fulfilment", null],
      ["order-to-erp", { objective, outcomes: null }],
    ]);
    expect(found.parties.map(({ calls }) => calls)).to.deep.equal([null, null]);
  });

  it("knows no messages of a flow where SQS did not say, and none of one that is not deployed", async () => {
    const flows = [flowOf("order-to-erp", [step("validate", depth(1, 0)), step("register", null)])];
    const { found } = await overview(statusOf({ flows }));
    expect(found.flows.map(({ messages, health }) => [messages, health])).to.deep.equal([
      [{ waiting: 0, inFlight: 0 }, "idle"],
      [null, "idle"],
    ]);
    expect(found).not.to.have.property("oldestDeadLetter");
  });
});
