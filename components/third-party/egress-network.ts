import * as aws from "@pulumi/aws";
// Not the package itself: that loads a good deal more, down to a client of ECS. docs/decisions/008-egress.md
import { Vpc } from "@pulumi/awsx/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENTS } from "../../protocol/kinds.ts";
import type { Network } from "../parts/lambda-function.ts";

interface EgressNetworkArgs {
  /** Number of addresses that calls come from: one NAT gateway each, in a zone of its own; 1 to 3. */
  readonly addresses: number;
  /** Ports other than 443 that connections declare, with the names of the connections. */
  readonly ports: ReadonlyMap<number, string>;
  /** Names of the zones, as many as are needed at least. @default the first ones of the region */
  readonly zones?: readonly string[] | undefined;
  /** Any ARN of the stack: its region is the network's. */
  readonly anyArn: pulumi.Output<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A single address is shared by two zones: its loss stops the calls, not the functions. */
export const zonesOf = (addresses: number): number => Math.max(2, addresses);

/** Network of functions that call third parties from fixed addresses: private subnets that allow https out and nothing in. */
export class EgressNetwork extends pulumi.ComponentResource implements Network {
  /** Third parties allow calls from these. */
  readonly addresses: pulumi.Output<string[]>;
  readonly subnetIds: pulumi.Output<string[]>;
  readonly securityGroupIds: pulumi.Output<string>[];

  constructor(
    name: string,
    { addresses, ports, zones, anyArn, tags }: EgressNetworkArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(COMPONENTS.egress, name, {}, options);
    const vpc = new Vpc(
      `${name}-vpc`,
      {
        cidrBlock: "10.0.0.0/16",
        ...(zones
          ? { availabilityZoneNames: zones.slice(0, zonesOf(addresses)) }
          : { numberOfAvailabilityZones: zonesOf(addresses) }),
        natGateways: { strategy: addresses === 1 ? "Single" : "OnePerAz" },
        subnetStrategy: "Auto",
        // The transformation that tags everything else does not reach the resources within it.
        tags: { ...tags, "hub:project": pulumi.getProject(), "hub:stack": pulumi.getStack() },
      },
      { parent: this },
    );
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      {
        // A group with another description would be another group.
        description: "Functions that call third parties: https out, nothing in",
        vpcId: vpc.vpcId,
        egress: [...new Map([...ports].map(([port, names]) => [port, `connection ${names}`])).set(443, "https")].map(
          ([port, description]) => ({ description, protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: ["0.0.0.0/0"] }),
        ),
      },
      { parent: this },
    );
    // It is free, and keeps the table's traffic off the NAT gateway, which costs by the GB.
    new aws.ec2.VpcEndpoint(
      `${name}-dynamodb`,
      {
        vpcId: vpc.vpcId,
        vpcEndpointType: "Gateway",
        serviceName: anyArn.apply((arn) => `com.amazonaws.${arn.split(":")[3]}.dynamodb`),
        routeTableIds: vpc.routeTables.apply((tables) => tables.map(({ id }) => id)),
      },
      { parent: this },
    );
    this.subnetIds = vpc.privateSubnetIds;
    this.securityGroupIds = [group.id];
    this.addresses = vpc.eips.apply((eips) => pulumi.all(eips.map(({ publicIp }) => publicIp)));
    this.registerOutputs({ addresses: this.addresses });
  }
}
