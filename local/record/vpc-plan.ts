/** The inputs of awsx's VPC component that the hub uses. */
interface VpcInputs {
  readonly cidrBlock?: string;
  readonly numberOfAvailabilityZones?: number;
  readonly natGateways?: { readonly strategy: "None" | "Single" | "OnePerAz" };
  readonly tags?: Readonly<Record<string, string>>;
}

/** A resource that the component makes. In its inputs, `{ ref, output }` stands for an output of another resource. */
export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
interface Ref {
  readonly ref: string;
  readonly output: string;
}
interface VpcPlan {
  readonly resources: readonly PlannedResource[];
  /** Outputs of the component, with refs. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const VPC = "awsx:ec2:Vpc";
const KIND = {
  vpc: "aws:ec2/vpc:Vpc",
  gateway: "aws:ec2/internetGateway:InternetGateway",
  subnet: "aws:ec2/subnet:Subnet",
  table: "aws:ec2/routeTable:RouteTable",
  association: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  route: "aws:ec2/route:Route",
  eip: "aws:ec2/eip:Eip",
  nat: "aws:ec2/natGateway:NatGateway",
} as const;
const ANYWHERE = "0.0.0.0/0";

const keyOf = (type: string, name: string) => `${type} ${name}`;
const refTo = (type: string, name: string, output = "id"): Ref => ({ ref: keyOf(type, name), output });

/**
 * The resources of awsx's VPC component, which runs in a separate process that only the CLI starts: one public and one private subnet
 * for each zone, and NAT gateways with one Elastic IP each. The sizes of the subnets are not planned, because awsx computes them.
 * https://github.com/pulumi/pulumi-awsx/blob/main/awsx/ec2/vpc.ts
 */
export function vpcPlan(name: string, inputs: Readonly<Record<string, unknown>>): VpcPlan {
  const { cidrBlock = "10.0.0.0/16", numberOfAvailabilityZones = 3, natGateways, tags } = inputs as VpcInputs;
  const strategy = natGateways?.strategy ?? "OnePerAz";
  const resources: PlannedResource[] = [];
  const make = (type: string, name: string, own: Readonly<Record<string, unknown>>, tagged = true) => {
    resources.push({ type, name, inputs: { ...own, ...(tagged && tags && { tags }) } });
    return refTo(type, name);
  };
  const vpcId = make(KIND.vpc, name, { cidrBlock, enableDnsHostnames: true, enableDnsSupport: true });
  const gatewayId = make(KIND.gateway, name, { vpcId });
  const subnets = { public: [] as Ref[], private: [] as Ref[] };
  const tables: Ref[] = [];
  const addresses: string[] = [];
  for (let zone = 1; zone <= numberOfAvailabilityZones; zone += 1) {
    const routed = (kind: "public" | "private", route: Readonly<Record<string, unknown>> | undefined) => {
      const own = `${name}-${kind}-${zone}`;
      const subnetId = make(KIND.subnet, own, { vpcId, mapPublicIpOnLaunch: kind === "public" });
      const routeTableId = make(KIND.table, own, { vpcId });
      make(KIND.association, own, { subnetId, routeTableId }, false);
      if (route) make(KIND.route, own, { routeTableId, destinationCidrBlock: ANYWHERE, ...route }, false);
      subnets[kind].push(subnetId);
      tables.push(routeTableId);
      return subnetId;
    };
    const publicSubnet = routed("public", { gatewayId });
    const nat = strategy === "None" ? undefined : `${name}-${strategy === "Single" ? 1 : zone}`;
    if (nat !== undefined && !addresses.includes(nat)) {
      addresses.push(nat);
      const allocationId = make(KIND.eip, nat, {});
      make(KIND.nat, nat, { subnetId: publicSubnet, allocationId });
    }
    routed("private", nat === undefined ? undefined : { natGatewayId: refTo(KIND.nat, nat) });
  }
  return {
    resources,
    outputs: {
      vpcId,
      publicSubnetIds: subnets.public,
      privateSubnetIds: subnets.private,
      isolatedSubnetIds: [],
      routeTables: tables.map((id) => ({ id })),
      eips: addresses.map((nat) => ({ publicIp: refTo(KIND.eip, nat, "publicIp") })),
    },
  };
}

/** Replaces each ref in a value. @param known `<type> <name>` -> outputs */
export function filledIn(value: unknown, known: ReadonlyMap<string, Readonly<Record<string, unknown>>>): unknown {
  if (Array.isArray(value)) return value.map((item) => filledIn(item, known));
  if (typeof value !== "object" || value === null) return value;
  if ("ref" in value && "output" in value) return known.get(String(value.ref))?.[String(value.output)];
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, filledIn(held, known)]));
}

/** Key of a planned resource in the map that `filledIn` takes. */
export const keyOfPlanned = ({ type, name }: PlannedResource): string => keyOf(type, name);
