import * as pulumi from "@pulumi/pulumi";
import { type Flow, SOURCE_PREFIX, sourceOf } from "../../model/index.ts";
import type { HubEvent } from "../../protocol/reports.ts";
import { INDEXES, type IndexName } from "../../protocol/table.ts";
import { forAllValues, type Statement } from "./policy-document.ts";

type Arn = pulumi.Input<string>;

/** X-Ray offers no resources to name. https://docs.aws.amazon.com/xray/latest/devguide/security_iam_id-based-policy-examples.html */
export const traces = (): Statement => ({
  sid: "Traces",
  actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  resources: ["*"],
});

/**
 * What Lambda needs to put a function into a VPC; it offers no resources to name.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export const networkInterfaces = (): Statement => ({
  sid: "Network",
  actions: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  resources: ["*"],
});

export const logs = (logGroup: { readonly arn: pulumi.Output<string> }): Statement => ({
  sid: "Logs",
  actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  resources: [logGroup.arn.apply((arn) => `${arn}:*`)],
});

/**
 * Lets publish these events of one flow, and no others, on one bus. Under its former names as well: a result that was stored before a rename
 * is published as it is stored, and code of before runs on while a deployment is under way.
 */
export const publish = (
  bus: Arn,
  { name, formerly = [] }: Pick<Flow, "name" | "formerly">,
  events: readonly string[],
): Statement => ({
  sid: "Publish",
  actions: ["events:PutEvents"],
  resources: [bus],
  conditions: forAllValues("StringEquals", {
    "events:detail-type": [...events].sort(),
    "events:source": [name, ...formerly].map(sourceOf).sort(),
  }),
});

/** Lets publish these events, and no others, in the name of every flow, on one bus. */
export const publishForFlows = (bus: Arn, events: readonly HubEvent[]): Statement => {
  const names = forAllValues("StringEquals", { "events:detail-type": [...events].sort() });
  const sources = forAllValues("StringLike", { "events:source": [`${SOURCE_PREFIX}*`] });
  return {
    sid: "Publish",
    actions: ["events:PutEvents"],
    resources: [bus],
    conditions: { ...names, ...sources, Null: { ...names.Null, ...sources.Null } },
  };
};

/** Lets publish any event in the name of every flow, on one bus. */
export const publishInNameOfFlows = (bus: Arn): Statement => ({
  sid: "Publish",
  actions: ["events:PutEvents"],
  resources: [bus],
  conditions: forAllValues("StringLike", { "events:source": [`${SOURCE_PREFIX}*`] }),
});

/** @param partitions patterns of the partition keys that may be touched. */
export const tableAccess = (
  sid: string,
  table: Arn,
  actions: readonly `dynamodb:${string}`[],
  partitions: readonly string[],
): Statement => ({
  sid,
  actions,
  resources: [table],
  conditions: forAllValues("StringLike", { "dynamodb:LeadingKeys": partitions }),
});

/**
 * What an event source mapping needs of a queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 */
export const consume = (queue: Arn): Statement => ({
  sid: "Consume",
  actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
  resources: [queue],
});

/** Lets a function choose when a message of its queue comes back. */
export const backOff = (queue: Arn): Statement => ({
  sid: "BackOff",
  actions: ["sqs:ChangeMessageVisibility"],
  resources: [queue],
});

export const sendTo = (queue: Arn): Statement => ({ sid: "DeadLetters", actions: ["sqs:SendMessage"], resources: [queue] });

/** Lets a function with direct delivery move events into its queue. */
export const moveTo = (queue: Arn): Statement => ({ sid: "MoveHeld", actions: ["sqs:SendMessage"], resources: [queue] });

export const readSecrets = (secrets: readonly Arn[]): Statement => ({
  sid: "Secrets",
  actions: ["secretsmanager:GetSecretValue"],
  resources: secrets,
});

/** In a queue's policy: lets an event source mapping consume it with this role. */
export const consumedBy = (queue: Arn, role: Arn): Statement => ({ ...consume(queue), principal: { roles: [role] } });

/** In a queue's policy: lets these rules of EventBridge send to it. */
export const fromRules = (queue: Arn, rules: readonly Arn[]): Statement => ({
  sid: "Rules",
  actions: ["sqs:SendMessage"],
  resources: [queue],
  principal: { service: "events.amazonaws.com" },
  conditions: { ArnEquals: { "aws:SourceArn": pulumi.all([...rules]) } },
});

/** In a queue's policy: lets these roles send to it, so that their own policies need not grow with each step of each flow. */
export const fromRoles = (queue: Arn, roles: readonly Arn[]): Statement => ({
  sid: "Redrive",
  actions: ["sqs:SendMessage"],
  resources: [queue],
  principal: { roles },
});

/** In a queue's policy: lets these roles read how many messages it holds. */
export const countedBy = (queue: Arn, roles: readonly Arn[]): Statement => ({
  sid: "Count",
  actions: ["sqs:GetQueueAttributes"],
  resources: [queue],
  principal: { roles },
});

/**
 * In the policy of a dead-letter queue: the recorder and the sweeper may send messages to it again before they expire, and the sweeper may
 * record what the recorder leaves.
 */
export const rescuedBy = (queue: Arn, recorder: Arn, sweeper: Arn): readonly Statement[] => [
  { sid: "Renew", actions: ["sqs:SendMessage"], resources: [queue], principal: { roles: [recorder, sweeper] } },
  {
    sid: "Rescue",
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
    resources: [queue],
    principal: { roles: [sweeper] },
  },
];

/** In the policy of a queue or topic: denies every request without TLS, whatever other statements allow. */
export const onlyTls = (action: "sqs:*" | "sns:Publish", resource: Arn): Statement => ({
  sid: "OnlyTls",
  effect: "Deny",
  actions: [action],
  resources: [resource],
  principal: "*",
  conditions: { Bool: { "aws:SecureTransport": "false" } },
});

/** One index of the table. */
export const queryIndex = (sid: string, table: pulumi.Output<string>, index: IndexName): Statement => ({
  sid,
  actions: ["dynamodb:Query"],
  resources: [table.apply((arn) => `${arn}/index/${INDEXES[index].name}`)],
});
