import { createHash } from "node:crypto";
import type { Kind, Kinds } from "./kind.ts";
import { arnOf, idIsName, shortId, uuid } from "./outputs.ts";

const NO_SCALING = "there is nothing to scale: workers start in milliseconds and stay warm";
const OWN_NETWORK = "functions use the network of this machine";
const OWN_ADDRESS = "calls leave from the address of this machine";
const NO_NOTIFICATIONS = "the local hub sends no notifications; the console shows the alarms";

const network = (idPrefix: string, noEffect: string, nameKey: Kind["nameKey"] = null): Kind => ({
  nameKey,
  outputs: ({ urn }) => ({ id: `${idPrefix}-${shortId(urn, 17)}` }),
  noEffect,
});

/** Kinds of the services of which nothing is simulated. */
export const withoutEffect: Kinds = {
  "aws:appautoscaling/policy:Policy": { outputs: idIsName, noEffect: NO_SCALING },
  "aws:appautoscaling/target:Target": { nameKey: null, outputs: idIsName, noEffect: NO_SCALING },

  "aws:ec2/eip:Eip": {
    nameKey: null,
    outputs: ({ urn }) => ({
      id: `eipalloc-${shortId(urn, 17)}`,
      // From the block reserved for documentation. https://www.rfc-editor.org/rfc/rfc5737
      publicIp: `203.0.113.${createHash("sha256").update(urn).digest()[0] ?? 0}`,
    }),
    noEffect: OWN_ADDRESS,
  },
  "aws:ec2/internetGateway:InternetGateway": network("igw", OWN_NETWORK),
  "aws:ec2/natGateway:NatGateway": network("nat", OWN_ADDRESS),
  "aws:ec2/route:Route": network("r", OWN_NETWORK),
  "aws:ec2/routeTable:RouteTable": network("rtb", OWN_NETWORK),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": network("rtbassoc", OWN_NETWORK),
  "aws:ec2/securityGroup:SecurityGroup": network("sg", "functions reach only the sandbox", "name"),
  "aws:ec2/subnet:Subnet": network("subnet", OWN_NETWORK),
  "aws:ec2/vpc:Vpc": network("vpc", OWN_NETWORK),
  "aws:ec2/vpcEndpoint:VpcEndpoint": network("vpce", "the table is on this machine"),

  "aws:route53/record:Record": { outputs: idIsName, noEffect: "no domain name points to this machine" },

  "aws:sns/topic:Topic": {
    outputs(resource) {
      const arn = arnOf(resource, "sns", resource.physicalName);
      return { id: arn, arn };
    },
    noEffect: NO_NOTIFICATIONS,
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.arn) }),
    noEffect: NO_NOTIFICATIONS,
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    nameKey: null,
    outputs({ inputs, urn }) {
      const arn = `${String(inputs.topic)}:${uuid(urn)}`;
      return { id: arn, arn };
    },
    noEffect: NO_NOTIFICATIONS,
  },

  "pulumi:providers:aws": { outputs: idIsName, noEffect: "the local hub has one account and one region" },
};
