import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type HubConfig, IntegrationHub } from "../../../components/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";

const NAME = "hub-gateway-domain";
const domain = {
  name: "api.example.com",
  certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a-1",
  hostedZoneId: "Z1",
};
const program = (changes: Partial<HubConfig>) => () => new IntegrationHub("hub", hubConfig(changes), { flows: [shop] }).gateway;
const known = <T>(output: pulumi.Output<T> | undefined) => new Promise<T>((done) => output?.apply(done));
const acceptedTemplate = ({ of }: Deployment<unknown>) => {
  const { paths } = JSON.parse(String(of("RestApi", "hub-gateway").inputs.body));
  const { responses } = paths["/shop/orders"].post["x-amazon-apigateway-integration"];
  return String(responses["200"].responseTemplates["application/json"]);
};

describe("custom domain", () => {
  let deployed: Deployment<ReturnType<ReturnType<typeof program>>>;
  before(async () => {
    deployed = await deploy(program({ domain }));
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;

  it("serves the stage at its root, with TLS 1.2 or newer", () => {
    expect(inputs("DomainName", NAME)).to.deep.equal({
      domainName: "api.example.com",
      regionalCertificateArn: domain.certificateArn,
      endpointConfiguration: { types: "REGIONAL" },
      securityPolicy: inputs("RestApi", "hub-gateway").securityPolicy,
      endpointAccessMode: "STRICT",
    });
    expect(inputs("BasePathMapping", `${NAME}-mapping`)).to.deep.equal({
      restApi: "hub-gateway-id",
      stageName: "v1",
      domainName: "api.example.com",
    });
  });

  it("is where callers are sent to, and the API's own address is closed by a deployment", async () => {
    expect(await known(deployed.result.url)).to.equal("https://api.example.com");
    expect(acceptedTemplate(deployed)).to.include("$context.domainName/requests").and.not.to.include("$context.stage");
    expect(inputs("RestApi", "hub-gateway").disableExecuteApiEndpoint).to.equal(true);
    const without = await deploy(program({}));
    const { triggers } = without.of("Deployment", "hub-gateway-deployment").inputs;
    expect(inputs("Deployment", "hub-gateway-deployment").triggers)
      .to.have.property("settings")
      .that.is.not.equal((triggers as { settings: string }).settings);
  });

  it("gets its record where the stack names a zone, and outputs the target for a record made by hand", async () => {
    expect(inputs("Record", `${NAME}-record`)).to.deep.equal({
      zoneId: "Z1",
      name: "api.example.com",
      type: "A",
      aliases: [{ name: `${NAME}.regional`, zoneId: `zone of ${NAME}`, evaluateTargetHealth: false }],
    });
    const { hostedZoneId: _, ...byHand } = domain;
    const { resources, result } = await deploy(program({ domain: byHand }));
    expect(resources.filter(({ type }) => type.endsWith(":Record"))).to.deep.equal([]);
    expect(await known(result.domainTarget)).to.equal(`${NAME}.regional`);
  });

  it("is not made where the stack has none: then the address holds the stage", async () => {
    const without = await deploy(program({}));
    expect(without.resources.filter(({ type }) => /:(DomainName|BasePathMapping|Record)$/.test(type))).to.deep.equal([]);
    expect(await known(without.result.url)).to.equal("https://api/hub-gateway-stage");
    expect(acceptedTemplate(without)).to.include("$context.stage");
    expect(without.of("RestApi", "hub-gateway").inputs).not.to.have.property("disableExecuteApiEndpoint");
    expect(without.result.domainTarget).to.equal(undefined);
  });
});
