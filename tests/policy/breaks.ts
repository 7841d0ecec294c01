import type { RecordedResource } from "../../local/recording.ts";

/** A change of one property of this repository's program that breaks one rule. */
export interface Break {
  readonly policy: string;
  readonly type: string;
  /** Logical name. @default the first resource of the type */
  readonly name?: string;
  /** Path to the property in the inputs; it may lead into JSON strings. */
  readonly at?: readonly (string | number)[];
  /** New value; `undefined` removes the property. */
  readonly to?: unknown;
  /** Changes the resource options instead of a property. */
  readonly options?: (options: NonNullable<RecordedResource["options"]>) => NonNullable<RecordedResource["options"]>;
  /** Removes the resource. */
  readonly remove?: true;
}

const FUNCTION = "aws:lambda/function:Function";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
const ROLE = "aws:iam/role:Role";
const QUEUE = "aws:sqs/queue:Queue";
const TABLE = "aws:dynamodb/table:Table";
const API = "aws:apigateway/restApi:RestApi";
const STAGE = "aws:apigateway/stage:Stage";
const SETTINGS = "aws:apigateway/methodSettings:MethodSettings";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const ACL = "aws:wafv2/webAcl:WebAcl";
const ACL_LOG = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const SECRET = "aws:secretsmanager/secret:Secret";

const orders = ["body", "paths", "/orders", "post"] as const;
const otherMethods = ["body", "paths", "/orders", "x-amazon-apigateway-any-method"] as const;
const hook = ["body", "paths", "/hooks/stripe", "post"] as const;
const ledgerPolicy = { type: POLICY, name: "hub-ledger-policy" };
const publisher = { type: POLICY, name: "order-to-erp-validate-policy" };
const unprotected = (options: NonNullable<RecordedResource["options"]>) => ({ ...options, protect: false });
const without = (input: string) => (options: NonNullable<RecordedResource["options"]>) => {
  const { [input]: _, ...propertyDependencies } = options.propertyDependencies;
  return { ...options, propertyDependencies };
};

export const BREAKS: readonly Break[] = [
  { policy: "api-gateway-authentication", type: API, at: [...orders, "security"], to: undefined },
  { policy: "api-gateway-authentication", type: API, at: [...orders, "security"], to: [] },
  { policy: "api-gateway-authentication", type: API, at: [...orders, "security"], to: [{}] },
  { policy: "api-gateway-authentication", type: API, at: [...otherMethods, "x-hub-authentication"] },
  {
    policy: "api-gateway-authentication",
    type: API,
    at: [...otherMethods],
    to: {
      "x-hub-authentication": "none",
      "x-amazon-apigateway-request-validator": "body",
      "x-amazon-apigateway-integration": { type: "aws", passthroughBehavior: "never" },
    },
  },
  { policy: "api-gateway-validation", type: API, at: [...orders, "x-amazon-apigateway-request-validator"] },
  { policy: "api-gateway-no-passthrough", type: API, at: [...hook, "x-amazon-apigateway-integration", "passthroughBehavior"] },
  { policy: "api-gateway-tls", type: API, at: ["securityPolicy"] },
  { policy: "api-gateway-tls", type: API, at: ["securityPolicy"], to: "TLS_1_0" },
  { policy: "api-gateway-access-log", type: STAGE, at: ["accessLogSettings", "destinationArn"] },
  { policy: "api-gateway-structured-log", type: STAGE, at: ["accessLogSettings", "format"], to: "$context.requestId" },
  { policy: "api-gateway-tracing", type: STAGE, at: ["xrayTracingEnabled"], to: false },
  { policy: "api-gateway-throttled-stage", type: SETTINGS, at: ["methodPath"], to: "orders/POST" },
  { policy: "api-gateway-throttled-stage", type: SETTINGS, remove: true },
  { policy: "api-gateway-throttling", type: SETTINGS, at: ["settings", "throttlingBurstLimit"] },
  { policy: "api-gateway-throttling", type: SETTINGS, at: ["settings", "throttlingRateLimit"], to: -1 },
  { policy: "api-gateway-no-bodies-in-logs", type: SETTINGS, at: ["settings", "dataTraceEnabled"], to: true },
  {
    policy: "api-gateway-throttled-consumers",
    type: "aws:apigateway/usagePlan:UsagePlan",
    at: ["throttleSettings", "rateLimit"],
  },
  { policy: "dynamodb-point-in-time-recovery", type: TABLE, at: ["pointInTimeRecovery", "enabled"], to: false },
  { policy: "dynamodb-encrypted", type: TABLE, at: ["serverSideEncryption"] },
  { policy: "dynamodb-encrypted", type: TABLE, at: ["serverSideEncryption", "enabled"], to: true },
  { policy: "dynamodb-time-to-live", type: TABLE, at: ["ttl", "enabled"], to: false },
  { policy: "dynamodb-deletion-protection", type: TABLE, at: ["deletionProtectionEnabled"], to: false },
  { policy: "dynamodb-deletion-protection", type: TABLE, options: unprotected },
  { policy: "events-target-dead-letters", type: TARGET, at: ["deadLetterConfig"] },
  { policy: "events-target-retries", type: TARGET, at: ["retryPolicy", "maximumRetryAttempts"] },
  {
    policy: "scheduler-target-dead-letters",
    type: "aws:scheduler/schedule:Schedule",
    at: ["target", "retryPolicy", "maximumRetryAttempts"],
    to: 3,
  },
  { policy: "events-precise-pattern", type: "aws:cloudwatch/eventRule:EventRule", at: ["eventPattern", "source"] },
  { policy: "events-archive-expires", type: "aws:cloudwatch/eventArchive:EventArchive", at: ["retentionDays"] },
  { policy: "iam-no-wildcard-actions", ...ledgerPolicy, at: ["policy", "Statement", 0, "Action"], to: ["dynamodb:*"] },
  { policy: "iam-no-wildcard-actions", ...ledgerPolicy, at: ["policy", "Statement", 0, "Action"], to: "dynamodb:Get*" },
  { policy: "iam-no-wildcard-resources", ...ledgerPolicy, at: ["policy", "Statement", 0, "Resource"], to: "*" },
  {
    policy: "iam-no-wildcard-resources",
    ...ledgerPolicy,
    at: ["policy", "Statement", 0, "Resource", 0],
    to: "arn:aws:dynamodb:us-east-1:123456789012:*",
  },
  {
    policy: "iam-no-wildcard-resources",
    type: POLICY,
    name: "hub-gateway-logs-policy",
    at: ["policy", "Statement", 0, "Action", 0],
    to: "logs:DeleteLogGroup",
  },
  { policy: "iam-no-negated-statements", ...ledgerPolicy, at: ["policy", "Statement", 0, "NotAction"], to: ["iam:PassRole"] },
  {
    policy: "iam-no-managed-policies",
    type: ROLE,
    at: ["managedPolicyArns"],
    to: ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"],
  },
  { policy: "iam-for-all-values-needs-null", ...publisher, at: ["policy", "Statement", 0, "Condition", "Null"] },
  {
    policy: "iam-trust-one-service",
    type: ROLE,
    at: ["assumeRolePolicy", "Statement", 0, "Principal"],
    to: { AWS: "arn:aws:iam::123456789012:root" },
  },
  ...["aws:SourceAccount", "aws:SourceArn"].map((key) => ({
    policy: "iam-trust-scheduler-source",
    type: ROLE,
    name: "hub-sweeper-schedule-role",
    at: ["assumeRolePolicy", "Statement", 0, "Condition", key === "aws:SourceArn" ? "ArnEquals" : "StringEquals"],
  })),
  { policy: "lambda-latest-runtime", type: FUNCTION, at: ["runtime"], to: "nodejs20.x" },
  { policy: "lambda-explicit-memory", type: FUNCTION, at: ["memorySize"] },
  { policy: "lambda-explicit-timeout", type: FUNCTION, at: ["timeout"] },
  { policy: "lambda-tracing", type: FUNCTION, at: ["tracingConfig", "mode"], to: "PassThrough" },
  { policy: "lambda-own-log-group", type: FUNCTION, options: without("loggingConfig") },
  { policy: "lambda-no-secrets-in-environment", type: FUNCTION, at: ["environment", "variables", "ERP_PASSWORD"], to: "hush" },
  {
    policy: "lambda-no-secrets-in-environment",
    type: FUNCTION,
    at: ["environment", "variables", "HUB_SECRETS"],
    to: '{"erp/oauth":"hush"}',
  },
  {
    policy: "lambda-no-secrets-in-environment",
    type: FUNCTION,
    at: ["environment", "variables", "ERP_URL"],
    to: "https://hub:hush@erp.example.com",
  },
  { policy: "lambda-permission-scoped", type: "aws:lambda/permission:Permission", at: ["sourceArn"] },
  {
    policy: "lambda-partial-batches",
    type: "aws:lambda/eventSourceMapping:EventSourceMapping",
    at: ["functionResponseTypes"],
    to: [],
  },
  { policy: "lambda-concurrency-fits", type: FUNCTION, name: "hub-ledger", at: ["reservedConcurrentExecutions"], to: 20 },
  {
    policy: "lambda-concurrency-fits",
    type: FUNCTION,
    name: "order-to-erp-register",
    at: ["reservedConcurrentExecutions"],
    to: 2,
  },
  {
    policy: "quotas-fixed",
    ...ledgerPolicy,
    at: ["policy", "Statement", 0, "Condition", "ForAllValues:StringLike", "events:source"],
    to: Array.from({ length: 1_100 }, (_, i) => `word-${i}`),
  },
  {
    policy: "quotas-fixed",
    type: FUNCTION,
    at: ["environment", "variables", "HUB_NOTES"],
    to: "x".repeat(4_000),
  },
  { policy: "logs-retention", type: "aws:cloudwatch/logGroup:LogGroup", at: ["retentionInDays"] },
  { policy: "secrets-recoverable", type: SECRET, at: ["recoveryWindowInDays"], to: 0 },
  { policy: "secrets-recoverable", type: SECRET, options: unprotected },
  { policy: "secrets-private", type: SECRET, at: ["policy"], to: "{}" },
  { policy: "sqs-encrypted", type: QUEUE, at: ["sqsManagedSseEnabled"] },
  { policy: "sqs-dead-letters", type: QUEUE, name: "hub-ledger-queue", options: without("redrivePolicy") },
  { policy: "sqs-dead-letters-outlive", type: QUEUE, name: "hub-ledger-dead-letters", at: ["messageRetentionSeconds"] },
  { policy: "sqs-visibility-ratio", type: QUEUE, name: "hub-ledger-queue", at: ["visibilityTimeoutSeconds"], to: 179 },
  { policy: "sqs-visibility-ratio", type: FUNCTION, name: "hub-ledger", at: ["timeout"], to: 31 },
  {
    policy: "sqs-policy-scoped",
    type: QUEUE_POLICY,
    at: ["policy", "Statement", 0, "Condition"],
  },
  {
    policy: "sqs-policy-scoped",
    type: QUEUE_POLICY,
    at: ["policy", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn"],
    to: "*",
  },
  { policy: "sqs-policy-for-rules", type: QUEUE_POLICY, name: "hub-ledger-queue-policy", options: without("policy") },
  { policy: "tags-present", type: QUEUE, at: ["tags", "hub:stack"] },
  { policy: "api-gateway-web-acl", type: "aws:wafv2/webAclAssociation:WebAclAssociation", remove: true },
  { policy: "waf-rate-limit", type: ACL, at: ["rules", 0, "statement"], to: {} },
  { policy: "waf-rate-limit", type: ACL, at: ["rules", 0, "action"], to: { count: {} } },
  { policy: "waf-body-limit", type: ACL, at: ["rules", 1, "action"], to: { count: {} } },
  { policy: "waf-body-limit", type: ACL, at: ["rules", 1, "priority"], to: 9 },
  {
    policy: "waf-body-limit",
    type: ACL,
    at: ["rules", 1, "statement", "andStatement", "statements", 0, ...["sizeConstraintStatement", "fieldToMatch", "body"]],
    to: { oversizeHandling: "CONTINUE" },
  },
  { policy: "waf-managed-rules", type: ACL, at: ["rules", 4, "overrideAction"], to: { count: {} } },
  { policy: "waf-managed-rules", type: ACL, at: ["rules", 2, "statement"], to: {} },
  { policy: "waf-no-samples", type: ACL, at: ["visibilityConfig", "sampledRequestsEnabled"], to: true },
  { policy: "waf-no-samples", type: ACL, at: ["rules", 3, "visibilityConfig", "sampledRequestsEnabled"], to: true },
  { policy: "waf-logged", type: ACL_LOG, remove: true },
  { policy: "waf-log-redacted", type: ACL_LOG, at: ["redactedFields", 0, "singleHeader", "name"], to: "accept" },
  {
    policy: "sqs-only-tls",
    type: QUEUE_POLICY,
    name: "hub-ledger-dead-letters-policy",
    at: ["policy", "Statement", 4, "Condition", "Bool"],
    to: { "aws:SecureTransport": "true" },
  },
  {
    policy: "sqs-dead-letters-alarm",
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    name: "hub-ledger-dead-letters-unrecorded",
    at: ["metricQueries", 2, "metric", "metricName"],
    to: "NumberOfMessagesSent",
  },
  { policy: "sqs-only-tls", type: QUEUE_POLICY, name: "hub-ledger-queue-policy", at: ["policy", "Statement", 3, "Condition"] },
  { policy: "sns-only-tls", type: TOPIC_POLICY, at: ["policy", "Statement", 1, "Action"], to: ["sns:Subscribe"] },
  { policy: "sns-only-tls", type: TOPIC_POLICY, remove: true },
  { policy: "vpc-nothing-in", type: GROUP, at: ["ingress"], to: [{ protocol: "tcp", fromPort: 443, toPort: 443 }] },
  { policy: "vpc-https-out", type: GROUP, at: ["egress", 0, "fromPort"], to: 80 },
  { policy: "vpc-https-out", type: GROUP, at: ["egress", 0, "protocol"], to: "-1" },
  { policy: "vpc-https-out", type: GROUP, at: ["egress"], to: [] },
  { policy: "vpc-two-zones", type: FUNCTION, name: "order-to-erp-register", at: ["vpcConfig", "subnetIds"], to: ["subnet-1"] },
];
