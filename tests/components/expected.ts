import { arnOf } from "./deploy.ts";

// Statements of the flow `shop`, as its functions should have them and no others.
const bus = arnOf("cloudwatch", "hub-bus");
const table = arnOf("dynamodb", "hub-state");
export const deadLetters = arnOf("sqs", "shop-dead-letters");
export const logsOf = (name: string) => ({
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: [`${arnOf("cloudwatch", `${name}-log`)}:*`],
});
export const Traces = { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: ["*"] };
export const publish = (...events: string[]) => ({
  Effect: "Allow",
  Action: ["events:PutEvents"],
  Resource: [bus],
  Condition: {
    "ForAllValues:StringEquals": { "events:detail-type": events, "events:source": ["hub.shop"] },
    Null: { "events:detail-type": "false", "events:source": "false" },
  },
});
export const state = (...keys: string[]) => ({
  Effect: "Allow",
  Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
  Resource: [table],
  Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys }, Null: { "dynamodb:LeadingKeys": "false" } },
});
export const consume = (queue: string) => ({
  Effect: "Allow",
  Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
  Resource: [arnOf("sqs", queue)],
});
export const backOff = (queue: string) => ({
  Effect: "Allow",
  Action: ["sqs:ChangeMessageVisibility"],
  Resource: [arnOf("sqs", queue)],
});
export const DeadLetters = { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [deadLetters] };
export const fromRules = (queue: string, ...rules: string[]) => ({
  Rules: {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: ["sqs:SendMessage"],
    Resource: [queue],
    Condition: { ArnEquals: { "aws:SourceArn": rules.map((rule) => arnOf("cloudwatch", rule)) } },
  },
});
/** Operators and the sweeper may send messages back, and operators see how many there are. */
export const redrive = (queue: string) => ({
  Redrive: {
    Effect: "Allow",
    Principal: { AWS: [arnOf("iam", "hub-ops-role"), arnOf("iam", "hub-sweeper-role")] },
    Action: ["sqs:SendMessage"],
    Resource: [arnOf("sqs", queue)],
  },
  Count: {
    Effect: "Allow",
    Principal: { AWS: [arnOf("iam", "hub-ops-role")] },
    Action: ["sqs:GetQueueAttributes"],
    Resource: [arnOf("sqs", queue)],
  },
});
/** What keeps messages of a dead-letter queue from being lost. */
export const rescue = (queue: string) => {
  const sweeper = arnOf("iam", "hub-sweeper-role");
  const to = (roles: readonly string[], actions: readonly string[]) => ({
    Effect: "Allow",
    Principal: { AWS: roles },
    Action: actions,
    Resource: [arnOf("sqs", queue)],
  });
  return {
    Renew: to([arnOf("iam", "hub-recorder-role"), sweeper], ["sqs:SendMessage"]),
    Rescue: to([sweeper], ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]),
  };
};
/** The recorder moves what is in a dead-letter queue into the table. */
export const consumedByRecorder = (queue: string) => ({
  Consume: { ...consume(queue), Principal: { AWS: [arnOf("iam", "hub-recorder-role")] } },
});
/** Each rule that lets callers in allows TLS only. */
export const onlyTls = (queue: string) => ({
  OnlyTls: {
    Effect: "Deny",
    Principal: "*",
    Action: ["sqs:*"],
    Resource: [arnOf("sqs", queue)],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  },
});
