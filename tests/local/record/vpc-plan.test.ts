import { expect } from "chai";
import { describe, it } from "mocha";
import { madeByVpc } from "../../../local/record/made-by-vpc.ts";

const PLACE = { region: "us-east-1", accountId: "123456789012", partition: "aws" };
const made = (inputs: Readonly<Record<string, unknown>>) =>
  madeByVpc({ urn: "urn:vpc", name: "out" }, inputs, PLACE, (type, name) => `urn:vpc$${type}::${name}`);
const count = (inputs: Readonly<Record<string, unknown>>) => {
  const counts: Record<string, number> = {};
  for (const { type } of made(inputs).resources)
    counts[type.split(":").at(-1) ?? ""] = (counts[type.split(":").at(-1) ?? ""] ?? 0) + 1;
  return counts;
};

describe("local / record / resources of awsx's VPC", () => {
  it("has a public and a private subnet for each zone, each with a route table, and NAT gateways by strategy", () => {
    const twoZones = { InternetGateway: 1, Vpc: 1, Subnet: 4, RouteTable: 4, RouteTableAssociation: 4 };
    const strategies = {
      OnePerAz: { Eip: 2, NatGateway: 2, Route: 4 },
      Single: { Eip: 1, NatGateway: 1, Route: 4 },
      None: { Route: 2 },
    };
    for (const [strategy, expected] of Object.entries(strategies))
      expect(count({ numberOfAvailabilityZones: 2, natGateways: { strategy } }), strategy).to.deep.equal({
        ...twoZones,
        ...expected,
      });
  });

  it("routes private subnets through the NAT gateway of their zone, or the only one, in a public subnet", () => {
    for (const strategy of ["OnePerAz", "Single"]) {
      const { resources } = made({ numberOfAvailabilityZones: 2, natGateways: { strategy } });
      const of = (kind: string, name: string) => {
        const found = resources.find((one) => one.type.endsWith(`:${kind}`) && one.name === name);
        if (!found) throw new Error(`no ${kind} ${name}`);
        return found;
      };
      for (const zone of [1, 2]) {
        const nat = of("NatGateway", `out-${strategy === "Single" ? 1 : zone}`);
        expect(of("Route", `out-private-${zone}`).inputs.natGatewayId).to.equal(nat.outputs.id);
        expect(of("Route", `out-public-${zone}`).inputs.gatewayId).to.equal(of("InternetGateway", "out").outputs.id);
      }
      expect(of("NatGateway", "out-1").inputs.subnetId).to.equal(of("Subnet", "out-public-1").outputs.id);
    }
  });

  it("returns distinct ids, route tables and addresses, and tags the kinds that AWS tags", () => {
    const { resources, outputs } = made({
      numberOfAvailabilityZones: 3,
      natGateways: { strategy: "OnePerAz" },
      tags: { a: "b" },
    });
    const { vpcId, privateSubnetIds, publicSubnetIds, routeTables, eips } = outputs as {
      vpcId: string;
      privateSubnetIds: string[];
      publicSubnetIds: string[];
      routeTables: { id: string }[];
      eips: { publicIp: string }[];
    };
    const all = [
      vpcId,
      ...privateSubnetIds,
      ...publicSubnetIds,
      ...routeTables.map(({ id }) => id),
      ...eips.map(({ publicIp }) => publicIp),
    ];
    expect(all).to.have.length(1 + 3 + 3 + 6 + 3);
    for (const one of all) expect(one).to.match(/^(vpc-|subnet-|rtb-|203\.0\.113\.)/);
    expect(new Set(all).size).to.equal(all.length);
    const untagged = resources.filter(({ inputs }) => inputs.tags === undefined).map(({ type }) => type);
    const untaggable = resources.map(({ type }) => type).filter((type) => /:(Route|RouteTableAssociation)$/.test(type));
    expect(untagged).to.deep.equal(untaggable);
  });
});
