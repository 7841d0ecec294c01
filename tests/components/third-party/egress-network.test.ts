import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type HubConfig, IntegrationHub } from "../../../components/index.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";

const program = (egress: HubConfig["egress"]) => () =>
  new IntegrationHub("hub", hubConfig({ ...(egress && { egress }), tags: { "cost-centre": "it" } }), { flows: [orderToErp] });
const known = <T>(output: pulumi.Output<T> | undefined) => new Promise<T>((done) => output?.apply(done));
const functions = ({ resources }: Deployment<unknown>) => resources.filter(({ type }) => type.endsWith(":Function"));
const inNetwork = (deployed: Deployment<unknown>) =>
  functions(deployed)
    .filter(({ inputs }) => inputs.vpcConfig !== undefined)
    .map(({ name }) => name);

describe("egress network", () => {
  let deployed: Deployment<IntegrationHub>;
  before(async () => {
    deployed = await deploy(program({ addresses: 2 }));
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;

  it("has one address in each zone, and tags what transformations do not reach", () => {
    expect(inputs("Vpc", "hub-egress-vpc")).to.deep.equal({
      cidrBlock: "10.0.0.0/16",
      numberOfAvailabilityZones: 2,
      natGateways: { strategy: "OnePerAz" },
      subnetStrategy: "Auto",
    });
    expect(deployed.of("Vpc", "hub-egress-vpc").tags).to.deep.equal({
      "cost-centre": "it",
      "hub:project": "hub",
      "hub:stack": "dev",
    });
  });

  it("is in the zones that the stack names, one for each address and two at least", async () => {
    const zones = ["us-east-1b", "us-east-1c", "us-east-1d"];
    const inZones = async (addresses: number, some = zones) => {
      const made = await deploy(program({ addresses, zones: some }));
      return made.of("Vpc", "hub-egress-vpc").inputs;
    };
    expect(await inZones(1)).not.to.have.property("numberOfAvailabilityZones");
    expect((await inZones(1)).availabilityZoneNames).to.deep.equal(zones.slice(0, 2));
    expect((await inZones(3)).availabilityZoneNames).to.deep.equal(zones);
    const failed = await inZones(3, zones.slice(0, 2)).catch((error: unknown) => String(error));
    expect(failed).to.include("hub:egress.zones").and.include("2 zones for 3 addresses");
  });

  it("lets out https, and nothing in", () => {
    const { egress, ingress, vpcId } = inputs("SecurityGroup", "hub-egress-group");
    expect(egress).to.deep.equal([
      { description: "https", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
    ]);
    expect(ingress).to.equal(undefined);
    expect(vpcId).to.match(/^vpc-/);
  });

  it("reaches the state table without a NAT gateway", () => {
    const { serviceName, vpcEndpointType, routeTableIds } = inputs("VpcEndpoint", "hub-egress-dynamodb");
    expect([serviceName, vpcEndpointType]).to.deep.equal(["com.amazonaws.us-east-1.dynamodb", "Gateway"]);
    expect(routeTableIds).to.have.length(4);
  });

  it("holds the steps that use such a third party, and no other function", () => {
    expect(inNetwork(deployed)).to.deep.equal(["order-to-erp-register"]);
    const { vpcConfig } = inputs("Function", "order-to-erp-register") as {
      vpcConfig: { subnetIds: string[]; securityGroupIds: string[] };
    };
    expect(vpcConfig.subnetIds).to.have.length(2);
    expect(vpcConfig.securityGroupIds).to.deep.equal(["hub-egress-group-id"]);
  });

  it("grants only these steps the rights that Lambda needs in a VPC", () => {
    expect(deployed.policy("RolePolicy", "order-to-erp-register-policy").Network).to.deep.equal({
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ],
      Resource: ["*"],
    });
    expect(JSON.stringify(inputs("RolePolicy", "order-to-erp-validate-policy"))).not.to.include("ec2:");
  });

  it("outputs its addresses", async () => {
    const addresses = await known(deployed.result.egressAddresses);
    expect(addresses).to.have.length(2);
    for (const address of addresses) expect(address).to.match(/^203\.0\.113\.\d+$/);
  });

  it("shares one address among two zones", async () => {
    const shared = await deploy(program({ addresses: 1 }));
    expect(shared.of("Vpc", "hub-egress-vpc").inputs).to.deep.include({
      numberOfAvailabilityZones: 2,
      natGateways: { strategy: "Single" },
    });
    expect(await known(shared.result.egressAddresses)).to.have.length(1);
  });

  it("is not made where the stack does without, or no flow asks for it", async () => {
    for (const deployed of [
      await deploy(program({ addresses: 0 })),
      await deploy(() => new IntegrationHub("hub", hubConfig({ egress: { addresses: 2 } }), { flows: [] })),
    ]) {
      expect(deployed.resources.filter(({ type }) => /ec2/.test(type))).to.deep.equal([]);
      expect(inNetwork(deployed)).to.deep.equal([]);
      expect(deployed.result.egressAddresses).to.equal(undefined);
    }
  });

  it("is refused where the stack does not say", async () => {
    const { result } = await deploy(() => {
      try {
        return program(undefined)();
      } catch (error) {
        return error as Error;
      }
    });
    expect(result)
      .to.be.instanceOf(Error)
      .with.property(
        "message",
        "ADAPTER, adapter erp: it needs a fixed egress address, but this stack configures none. Set hub:egress in Pulumi.dev.yaml: { addresses: 2 }, or 0 where this stack does without.",
      );
  });
});
