import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";
import warm from "../samples/warm.ts";

const bodyOf = ({ of }: Deployment<unknown>) => JSON.parse(String(of("RestApi", "hub-gateway").inputs.body));
const uriOf = (hub: Deployment<unknown>) =>
  String(bodyOf(hub).components.securitySchemes.apiKey["x-amazon-apigateway-authorizer"].authorizerUri);

describe("the gateway's authorizer", () => {
  let hub: Deployment<IntegrationHub>;
  before(async () => {
    hub = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [warm] }));
  });

  it("is kept warm with the endpoints that are, behind an alias that the gateway alone may invoke", () => {
    const { qualifier, provisionedConcurrentExecutions } = hub.of("ProvisionedConcurrencyConfig", "hub-authorizer-warm").inputs;
    expect([qualifier, provisionedConcurrentExecutions]).to.deep.equal(["hub-authorizer-live-name", 3]);
    expect(hub.of("Function", "hub-authorizer").inputs.publish).to.equal(true);
    expect(uriOf(hub)).to.equal("invoke:hub-authorizer-live");
    expect(hub.of("Permission", "hub-gateway-authorizer-gateway-permission").inputs).to.include({ qualifier });
  });

  it("has no alias where no endpoint is warm, or the stack keeps none warm", async () => {
    for (const [flow, config] of [
      [shop, hubConfig()],
      [warm, hubConfig({ provisionedConcurrency: false })],
    ] as const) {
      const cold = await deploy(() => new IntegrationHub("hub", config, { flows: [flow] }));
      expect(cold.resources.filter(({ name }) => /^hub-authorizer-(live|warm)$/.test(name))).to.deep.equal([]);
      expect(uriOf(cold)).to.equal("invoke:hub-authorizer");
      expect(cold.of("Permission", "hub-gateway-authorizer-gateway-permission").inputs).not.to.have.property("qualifier");
    }
  });

  it("has 512 MB, as each function has that a caller waits for", () => {
    const names = ["hub-authorizer", "warm-cold", "warm-hook-ingress", "warm-note"];
    expect(names.map((name) => hub.of("Function", name).inputs.memorySize)).to.deep.equal([512, 512, 512, 256]);
  });

  it("answers for the status routes from the gateway's cache where a key is the only credential, and never for operators", async () => {
    const schemes = (deployed: Deployment<unknown>) =>
      ["/requests", "/requests/{requestId}", "/ops/dead-letters"].map(
        (path) => Object.keys(bodyOf(deployed).paths[path].get.security[0])[0],
      );
    expect(schemes(hub)).to.deep.equal(["apiKey", "apiKey", "caller"]);
    const jwt = { issuer: "https://login.example.com", audience: "hub" };
    const tokens = await deploy(() => new IntegrationHub("hub", hubConfig({ jwt }), { flows: [] }));
    expect(schemes(tokens)).to.deep.equal(["caller", "caller", "caller"]);
  });
});
