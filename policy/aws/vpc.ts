import { at, type Props, resourceRule } from "../rule.ts";

const HTTPS = 443;
/** The hub describes so the rule of a connection with fixed addresses. */
const CONNECTION = "connection ";
const listOf = (value: unknown) => (Array.isArray(value) ? (value as readonly Props[]) : []);

export const vpc = [
  resourceRule({
    name: "vpc-nothing-in",
    description: "A security group allows no ingress, because Lambda calls functions without the network.",
    fact: "The security group allows ingress",
    remedy: "Leave ingress out",
    mirrors: ["AwsSolutions-EC23"],
    types: ["aws:ec2/securityGroup:SecurityGroup"],
    broken: ({ ingress }) => listOf(ingress).length > 0,
  }),
  resourceRule({
    name: "vpc-https-out",
    description: "A security group allows egress by HTTPS, and to the ports of connections, only.",
    fact: "The security group allows more egress than HTTPS and ports of connections",
    remedy: "Limit each egress rule to tcp, port 443; declare `port` of a connection for another one",
    types: ["aws:ec2/securityGroup:SecurityGroup"],
    broken: ({ egress }) =>
      listOf(egress).length === 0 ||
      listOf(egress).some(
        ({ protocol, fromPort, toPort, description }) =>
          protocol !== "tcp" || fromPort !== toPort || (fromPort !== HTTPS && !String(description).startsWith(CONNECTION)),
      ),
  }),
  resourceRule({
    name: "vpc-two-zones",
    description: "A function in a VPC runs in at least two availability zones.",
    fact: "The function stops when its only availability zone fails",
    remedy: "Name at least two subnets in vpcConfig.subnetIds",
    types: ["aws:lambda/function:Function"],
    broken: (props) => {
      const subnets = at(props, "vpcConfig", "subnetIds");
      return subnets !== undefined && new Set(Array.isArray(subnets) ? subnets : []).size < 2;
    },
  }),
];
