import { at, type Props, resourceRule } from "../rule.ts";

const HTTPS = 443;
const listOf = (value: unknown) => (Array.isArray(value) ? (value as readonly Props[]) : []);

export const vpc = [
  resourceRule({
    name: "vpc-nothing-in",
    description: "A security group lets nothing in: functions are called by Lambda, not over the network.",
    fact: "The security group lets calls in",
    remedy: "Leave ingress out",
    mirrors: ["AwsSolutions-EC23"],
    types: ["aws:ec2/securityGroup:SecurityGroup"],
    broken: ({ ingress }) => listOf(ingress).length > 0,
  }),
  resourceRule({
    name: "vpc-https-out",
    description: "A security group lets https out, and nothing else.",
    fact: "The security group lets out more than https",
    remedy: "Let each rule of egress be tcp from port 443 to port 443",
    types: ["aws:ec2/securityGroup:SecurityGroup"],
    broken: ({ egress }) =>
      listOf(egress).length === 0 ||
      listOf(egress).some(({ protocol, fromPort, toPort }) => protocol !== "tcp" || fromPort !== HTTPS || toPort !== HTTPS),
  }),
  resourceRule({
    name: "vpc-two-zones",
    description: "A function in a VPC runs in two zones or more.",
    fact: "The function stops when its one zone does",
    remedy: "Name two subnets or more in vpcConfig.subnetIds",
    types: ["aws:lambda/function:Function"],
    broken: (props) => {
      const subnets = at(props, "vpcConfig", "subnetIds");
      return subnets !== undefined && new Set(Array.isArray(subnets) ? subnets : []).size < 2;
    },
  }),
];
