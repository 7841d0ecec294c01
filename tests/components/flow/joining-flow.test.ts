import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { IntegrationFlow, IntegrationHub } from "../../../components/index.ts";
import { adapter, bearer, call, event, flow, step } from "../../../model/index.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import audit from "../samples/audit.ts";
import shop from "../samples/shop.ts";
import timed from "../samples/timed.ts";

const OrderPriced = event("OrderPriced", z.object({ orderId: z.string(), cents: z.int() }));
const Copied = event("Copied", z.object({ orderId: z.string() }));
const crm = adapter("crm", {
  baseUrl: "https://crm.example.com",
  auth: bearer({ secret: "crm/token" }),
  timeout: "5 seconds",
  operations: { ping: call("GET /ping", { returns: z.object({ ok: z.boolean() }) }) },
});
const calling = flow("calling", {
  summary: "A flow for tests.",
  owner: "tests",
  imports: [OrderPriced],
  steps: {
    ring: step({
      on: OrderPriced,
      emits: [Copied],
      uses: { crm },
      handler: ({ orderId }) => Copied({ orderId }),
    }),
  },
});

describe("a flow that joins a finished hub", () => {
  it("gets its resources and, as it has no row on the hub's dashboard, one of its own", async () => {
    const { of, resources } = await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [shop] });
      new IntegrationFlow("audit", { hub, flow: audit });
    });
    expect(of("Queue", "audit-copy-queue").tags).to.include({ "hub:flow": "audit" });
    expect(of("EventSourceMapping", "audit-recorder-source").inputs.functionName).to.include("hub-recorder");
    const { dashboardName, dashboardBody } = of("Dashboard", "audit-dashboard").inputs;
    expect(dashboardName).to.equal("hub-dev-audit-dashboard");
    expect(String(dashboardBody)).to.include("audit-copy-queue");
    expect(resources.filter(({ type }) => type.endsWith(":Dashboard"))).to.have.length(2);
    expect(String(of("Dashboard", "hub-dashboard").inputs.dashboardBody)).not.to.include("audit");
  });

  it("is refused with a route, for the API has been created already", async () => {
    await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [] });
      expect(() => new IntegrationFlow("shop", { hub, flow: shop })).to.throw(
        "ROUTE, IntegrationFlow shop, trigger order: POST /shop/orders can't be in the API, which the hub has created already. " +
          "List the flow in the hub's `flows`.",
      );
    });
  });

  it("is refused with a third party that the hub does not have", async () => {
    await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [shop] });
      expect(() => new IntegrationFlow("calling", { hub, flow: calling })).to.throw(
        "ADAPTER, IntegrationFlow calling, adapter crm: no flow that the hub was given uses this third party. " +
          "List the flow in the hub's `flows`.",
      );
    });
  });

  it("is refused when it clashes with a flow of the hub", async () => {
    await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [audit] });
      expect(() => new IntegrationFlow("again", { hub, flow: audit })).to.throw("NAME, flow audit: two flows share this name.");
    });
  });

  it("may publish by time", async () => {
    await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [shop] });
      expect(new IntegrationFlow("timed", { hub, flow: timed }).routes).to.deep.equal([]);
    });
  });
});
