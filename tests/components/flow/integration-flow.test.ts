import { expect } from "chai";
import { before, describe, it } from "mocha";
import { flowWith, IntegrationFlow, IntegrationHub } from "../../../components/index.ts";
import { eventsOf, graph, isImported, jsonSchema } from "../../../model/index.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { consumedByRecorder, deadLetters, fromRules, logsOf, onlyTls, publish, rescue, state, Traces } from "../expected.ts";
import { hubConfig } from "../hub-config.ts";
import partner from "../samples/partner.ts";
import shop from "../samples/shop.ts";

describe("IntegrationFlow", () => {
  let deployed: Deployment<void>;
  before(async () => {
    deployed = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [shop] });
    });
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;

  it("lets only its rules send to its dead-letter queue, only the recorder consume it, and the sweeper rescue what is there", () => {
    expect(deployed.policy("QueuePolicy", "shop-dead-letters-policy")).to.deep.equal({
      ...fromRules(deadLetters, "shop-price-rule", "shop-settle-rule", "shop-note-rule", "shop-copy-rule"),
      ...consumedByRecorder("shop-dead-letters"),
      ...rescue("shop-dead-letters"),
      ...onlyTls("shop-dead-letters"),
    });
  });

  it("stores its graph under a key that no other deployment used, for as long as requests may name it", () => {
    const { HUB_GRAPH } = (inputs("Function", "shop-price") as { environment: { variables: Record<string, string> } }).environment
      .variables;
    const [structure = "", drawn] = HUB_GRAPH?.split("-") ?? [];
    const item = deployed.of("TableItem", `shop-graph-${structure}`);
    expect(drawn).to.equal("0a1b2c3d");
    expect(deployed.of("RandomId", `shop-graph-${structure}-id`)).to.deep.include({
      inputs: { byteLength: 4 },
      retainOnDelete: false,
    });
    expect(item.retainOnDelete).to.equal(true);
    expect(item.inputs).to.include({ tableName: "hub-state-name", hashKey: "pk", rangeKey: "sk" });
    expect(JSON.parse(item.inputs.item as string)).to.deep.equal({
      pk: { S: "graph#shop" },
      sk: { S: HUB_GRAPH },
      graph: { S: JSON.stringify(graph(shop)) },
    });
  });

  it("describes its graph, its webhooks, its routes and the schemas of its events as plain data", () => {
    const { routes, schemas, ...rest } = inputs("IntegrationFlow", "shop");
    const declared = eventsOf(shop)
      .filter(({ type }) => !isImported(shop, type))
      .map(({ type, version, schema }) => [type, { version, schemas: { [String(version)]: jsonSchema(schema) } }]);
    expect(JSON.parse(String(schemas))).to.deep.equal(JSON.parse(JSON.stringify(Object.fromEntries(declared))));
    expect(JSON.parse(String(routes)).map(({ kind, route }: { kind: string; route: string }) => [kind, route])).to.deep.equal([
      ["api", "POST /shop/orders"],
      ["webhook", "POST /hooks/parcels"],
    ]);
    expect(rest).to.deep.equal({
      graph: JSON.parse(JSON.stringify(graph(shop))),
      webhooks: [
        {
          trigger: "parcel",
          route: "POST /hooks/parcels",
          event: "ParcelSent",
          verify: {
            kind: "hmac",
            scheme: "hmac",
            secret: "parcels/hook",
            header: "x-signature",
            deliveryId: [],
            identicalBodies: "replay",
            body: "json",
            algorithm: "sha256",
            encoding: "hex",
            layout: { signature: "" },
            key: "text",
            signed: "{body}",
          },
        },
      ],
    });
  });

  it("lets the gateway publish the events of its API triggers only", () => {
    expect(deployed.policy("RolePolicy", "shop-gateway-policy")).to.deep.equal({ Publish: publish("OrderAsked") });
  });

  it("lets an ingress function publish its one event, mark its own deliveries and read its one secret", () => {
    expect(deployed.policy("RolePolicy", "shop-parcel-ingress-policy")).to.deep.equal({
      Publish: publish("ParcelSent"),
      Deliveries: state("webhook#shop#parcel#*"),
      Secrets: {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [arnOf("secretsmanager", "hub-parcels/hook")],
      },
      Logs: logsOf("shop-parcel-ingress"),
      Traces,
    });
    expect(inputs("Function", "shop-parcel-ingress").handler).to.equal("index.trigger_parcel");
  });

  it("gives all its functions the same code", async () => {
    const code = ["shop-price", "shop-settle", "shop-note", "shop-copy", "shop-parcel-ingress"].map(
      (name) => inputs("Function", name).code,
    );
    const files = await Promise.all(
      code.map(async (archive) => await (archive as { assets: Promise<Record<string, { path: Promise<string> }>> }).assets),
    );
    for (const file of files)
      expect(Object.keys(file).sort()).to.deep.equal(["index.mjs", "index.mjs.map", "runtime.mjs", "traces.mjs"]);
    expect(new Set(await Promise.all(files.map((file) => file["index.mjs"]?.path))).size).to.equal(1);
  });

  it("may be made in a loop, of a function of parameters", async () => {
    const { of } = await deploy(() => {
      const flows = ["acme", "initech"].map((name) => flowWith(name, partner, { partner: name, limit: 9 }));
      return new IntegrationHub("hub", hubConfig(), { flows });
    });
    expect(JSON.parse(of("EventRule", "initech-check-rule").inputs.eventPattern as string)).to.deep.equal({
      source: ["hub.orders-initech"],
      "detail-type": ["OrderSent"],
    });
    const [acme, initech] = ["acme-check", "initech-check"].map(
      (name) => (of("Function", name).inputs.environment as { variables: Record<string, string> }).variables,
    );
    expect([acme?.HUB_FLOW, initech?.HUB_FLOW]).to.deep.equal(["orders-acme", "orders-initech"]);
  });

  it("refuses a name that AWS names can't start with", async () => {
    const fact = 'NAME, IntegrationFlow Shop: the name is not kebab-case of at most 24 characters. Name it like "order-to-erp"';
    await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [] });
      expect(() => new IntegrationFlow("Shop", { hub, flow: shop })).to.throw(fact);
      const flows = [flowWith("Shop", partner, { partner: "acme", limit: 9 })];
      expect(() => new IntegrationHub("second", hubConfig(), { flows })).to.throw(fact);
    });
  });

  it("refuses a flow that is not sound, before any resource is created", async () => {
    const fact = "RANGE, flow shop: it has no step. Declare at least one step.";
    const broken = { ...shop, steps: {} };
    const { resources } = await deploy(() => {
      const hub = new IntegrationHub("hub", hubConfig(), { flows: [] });
      expect(() => new IntegrationFlow("shop", { hub, flow: broken })).to.throw(fact);
      expect(() => new IntegrationHub("second", hubConfig(), { flows: [broken] })).to.throw(fact);
    });
    expect(resources.filter(({ name }) => /^(shop|second)/.test(name))).to.deep.equal([]);
  });
});
