import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../components/index.ts";
import { checkFlow, checkHub, type Flow } from "../../model/index.ts";
import type { FlowTargets } from "../../protocol/dead-letter.ts";
import { type Deployment, deploy } from "./deploy.ts";
import { hubConfig } from "./hub-config.ts";
import renamed from "./samples/renamed.ts";
import shop from "./samples/shop.ts";

const [first = ""] = Object.keys(shop.steps);
const withFormer = (flowFormerly: string[], stepFormerly: string[]): Flow => ({
  ...shop,
  ...(flowFormerly.length > 0 && { formerly: flowFormerly }),
  steps: { ...shop.steps, [first]: { ...(shop.steps as Flow["steps"])[first], formerly: stepFormerly } as Flow["steps"][string] },
});

describe("former names / checks", () => {
  it("take names that nothing else has", () => expect(checkFlow(withFormer(["store"], ["oldName"]))).to.deep.equal([]));
  for (const [what, flow, sentence] of [
    ["a flow's own name", withFormer(["shop"], ["x"]), '"shop" can\'t be a former name of it'],
    ["a step's own name", withFormer([], [first]), `"${first}" can't be a former name of it`],
    ["a name of another form", withFormer([], ["Old-Name"]), '"Old-Name" can\'t be a former name of it'],
    ["a name twice", withFormer([], ["a", "a"]), '"a" can\'t be a former name of it'],
    ["an empty list", withFormer([], []), "formerly is empty"],
    ["another step's name", withFormer([], [Object.keys(shop.steps)[1] ?? ""]), "too"],
  ] as const) {
    it(`refuse ${what}`, () =>
      expect(
        checkFlow(flow)
          .map(({ fact }) => fact)
          .join(),
      ).to.include(sentence));
  }
  it("refuse a name that another flow has", () => {
    const other = { ...withFormer(["shop"], ["x"]), name: "store", triggers: {} };
    expect(checkHub([shop, other]).map(({ where, fact }) => `${where}: ${fact}`)).to.include(
      "flow store: flow shop has one of its former names, too",
    );
  });
});

describe("a renamed flow", () => {
  it("may publish what was stored under its former name, in each role that publishes its events", async () => {
    const flows = [{ ...shop, formerly: ["store"] }];
    const { resources } = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows }));
    const policies = resources.filter(({ type, name }) => type.endsWith(":RolePolicy") && name.startsWith("shop-"));
    const sources = policies.flatMap(({ inputs }) => {
      const { Statement } = JSON.parse(String(inputs.policy)) as {
        Statement: { Condition?: { "ForAllValues:StringEquals"?: Record<string, unknown> } }[];
      };
      return Statement.flatMap(({ Condition }) => Condition?.["ForAllValues:StringEquals"]?.["events:source"] ?? []);
    });
    expect(sources.filter((source) => source === "hub.store").length).to.be.greaterThan(1);
    expect(sources.filter((source) => source === "hub.store").length).to.equal(
      sources.filter((source) => source === "hub.shop").length,
    );
  });

  describe("keeps", () => {
    let deployed: Deployment<void>;
    before(async () => {
      deployed = await deploy(() => {
        new IntegrationHub("hub", hubConfig(), { flows: [renamed] });
      });
    });

    it("the ids of requests, which hold its first name", () => {
      const { body } = deployed.of("RestApi", "hub-gateway").inputs as { body: string };
      const ids = [...body.matchAll(/\$\{tenant\}\.(\w+)\.order\./g)].map(([, name]) => name);
      expect([...new Set(ids)]).to.deep.equal(["store"]);
      const { target } = deployed.of("Schedule", "renamed-tick-schedule").inputs as { target: { input: string } };
      const { metadata } = JSON.parse(target.input) as { metadata: Record<string, unknown> };
      expect(metadata).to.include({ eventId: "schedule:store.tick:<aws.scheduler.scheduled-time>", flow: "renamed" });
    });

    it("the former names of the flow and its steps, for dead letters from before", () => {
      const { item } = deployed.of("TableItem", "renamed-targets").inputs as { item: string };
      const { targets } = JSON.parse(item) as { targets: { S: string } };
      const { formerly, steps } = JSON.parse(targets.S) as FlowTargets;
      expect(formerly).to.deep.equal(["store", "market"]);
      expect(Object.entries(steps).map(([step, { formerly }]) => [step, formerly])).to.deep.equal([
        ["bill", ["charge"]],
        ["count", undefined],
      ]);
    });
  });
});

describe("what holds data", () => {
  for (const protect of [true, false]) {
    it(`${protect ? "stays" : "goes"} when the program no longer has it, with hub:protect ${protect}`, async () => {
      const { resources } = await deploy(() => new IntegrationHub("hub", hubConfig({ protect }), { flows: [shop] }));
      const of = (type: string) => resources.filter((resource) => resource.type.endsWith(`:${type}`));
      expect(of("Queue")).not.to.be.empty;
      for (const queue of of("Queue")) expect(queue.retainOnDelete, queue.name).to.equal(protect);
      for (const resource of [...of("Table"), ...of("Secret")]) expect(resource.protect, resource.name).to.equal(protect);
    });
  }

  it("of a secret comes from the stack's config where that names it, and is empty elsewhere", async () => {
    const value = { clientId: "a", clientSecret: "hush" };
    const { resources, of } = await deploy(
      () => new IntegrationHub("hub", hubConfig({ secrets: { "shared/oauth": value } }), { flows: [shop] }),
    );
    expect(resources.filter(({ type }) => type.endsWith(":SecretVersion")).map(({ name }) => name)).to.have.members([
      "hub-shared/oauth-value",
      // The gateway's, for the authorizer.
      "hub-gateway-consumers",
    ]);
    const version = of("SecretVersion", "hub-shared/oauth-value");
    // How Pulumi marks what its state holds encrypted.
    expect(JSON.stringify(version.inputs.secretString)).to.include("1b47061264138c4ac30d75fd1eb44270");
    expect(version.retainOnDelete).to.equal(true);
  });
});

describe("tags", () => {
  it("include the stack's own, without characters that AWS refuses", async () => {
    const { of } = await deploy(() => {
      const flows = [{ ...shop, owner: "Sales & Co" }];
      return new IntegrationHub("hub", hubConfig({ tags: { "cost-centre": "4711" } }), { flows });
    });
    expect(of("Table", "hub-state").tags).to.deep.equal({
      "cost-centre": "4711",
      "hub:project": pulumi.getProject(),
      "hub:stack": pulumi.getStack(),
    });
    expect(of("Queue", "shop-dead-letters").tags).to.include({ "hub:owner": "Sales _ Co", "hub:flow": "shop" });
  });
});
