import { type PolicyStatement, statementsOf } from "../policy-json.ts";
import { at, type Props, resourceRule, texts } from "../rule.ts";

const ROLE = "aws:iam/role:Role";
/** Resource types that hold identity policies. */
const POLICIES = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", ROLE];

const granted = (props: Props): readonly PolicyStatement[] =>
  [props.policy, ...inlinePolicies(props)].flatMap(statementsOf).filter(({ effect }) => effect === "Allow");
const inlinePolicies = (props: Props) =>
  Array.isArray(props.inlinePolicies) ? props.inlinePolicies.map((inline) => (inline as Props).policy) : [];

/** Actions for which AWS supports no resource ARNs. */
const WITHOUT_RESOURCES = [
  /** https://docs.aws.amazon.com/xray/latest/devguide/security_iam_id-based-policy-examples.html */
  /^xray:Put(TraceSegments|TelemetryRecords)$/,
  /** Functions in a VPC. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
  /^ec2:(CreateNetworkInterface|DescribeNetworkInterfaces|DescribeSubnets|DeleteNetworkInterface|AssignPrivateIpAddresses|UnassignPrivateIpAddresses)$/,
  /** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
  /^logs:DescribeLogGroups$/,
];
/**
 * Actions of API Gateway's account role. AWS's managed policy grants them for `*`; here they are limited to the account's logs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
const ACCOUNT_LOGGING = /^logs:(CreateLogGroup|CreateLogStream|DescribeLogStreams|PutLogEvents|GetLogEvents|FilterLogEvents)$/;
const ACCOUNT_LOGS = /^arn:[^:]+:logs:[^:*]+:\d{12}:\*$/;

/** True for `*`, and for an ARN that names no more than its service. */
const isAnything = (resource: string) => resource === "*" || /^arn:([^:]*:){4}\*+$/.test(resource);

const wideResource = ({ actions, resources }: PolicyStatement): string | undefined => {
  const wide = resources.find(isAnything);
  if (wide === undefined || actions.every((action) => WITHOUT_RESOURCES.some((pattern) => pattern.test(action))))
    return undefined;
  return ACCOUNT_LOGS.test(wide) && actions.every((action) => ACCOUNT_LOGGING.test(action))
    ? undefined
    : `${actions.join(", ")} on ${wide}`;
};

const SOURCES = ["aws:SourceAccount", "aws:SourceArn"];

export const iam = [
  resourceRule({
    name: "iam-no-wildcard-actions",
    description: "A policy names each action that it allows.",
    fact: "The policy allows actions by a wildcard",
    remedy: "Name each action",
    mirrors: ["AwsSolutions-IAM5", "Serverless-StarPermissions"],
    types: POLICIES,
    broken: (props) =>
      granted(props)
        .flatMap(({ actions }) => actions)
        .find((action) => action.includes("*")),
  }),
  resourceRule({
    name: "iam-no-wildcard-resources",
    description: "A policy names its resources, except where AWS supports none (X-Ray, network interfaces).",
    fact: "The policy applies to any resource",
    remedy: "Name the resources by their ARNs",
    mirrors: ["AwsSolutions-IAM5"],
    types: POLICIES,
    broken: (props) =>
      granted(props)
        .map(wideResource)
        .find((wide) => wide !== undefined),
  }),
  resourceRule({
    name: "iam-no-negated-statements",
    description: "A policy lists what it allows, not exceptions.",
    fact: "The policy uses NotAction, NotResource or NotPrincipal",
    remedy: "Write Action, Resource and Principal",
    types: POLICIES,
    broken: (props) => granted(props).some(({ negated }) => negated),
  }),
  resourceRule({
    name: "iam-no-managed-policies",
    description: "A role has inline policies only, and none that AWS manages, such as FullAccess.",
    fact: "The role has a policy that AWS manages",
    remedy: "Write an inline policy with the actions that the role needs",
    mirrors: ["AwsSolutions-IAM4"],
    types: [ROLE, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment"],
    broken: (props) =>
      [...texts(props.managedPolicyArns), ...texts(props.policyArn)].find((arn) => /^arn:[^:]+:iam::aws:policy\//.test(arn)),
  }),
  resourceRule({
    name: "iam-for-all-values-needs-null",
    description: "A condition with ForAllValues, which is true for an absent key, comes with Null for the same key.",
    fact: "ForAllValues is true when the key is absent",
    remedy: 'Add "Null": { "<key>": "false" }',
    types: POLICIES,
    broken: (props) =>
      granted(props)
        .map(openForAll)
        .find((key) => key !== undefined),
  }),
  resourceRule({
    name: "iam-trust-one-service",
    description: "A role can be assumed by one AWS service only.",
    fact: "The role trusts other principals than one AWS service",
    remedy: "Set `Principal` to one service",
    types: [ROLE],
    broken: (props) => {
      const trusted = statementsOf(at(props, "assumeRolePolicy")).flatMap(({ principals }) => principals);
      return trusted.length === 1 && /^[a-z0-9-]+(\.[a-z0-9-]+)?\.amazonaws\.com$/.test(trusted[0] ?? "")
        ? undefined
        : trusted.join(", ") || "no principal";
    },
  }),
  resourceRule({
    name: "iam-trust-scheduler-source",
    description: "A role that EventBridge Scheduler assumes names the account and the schedule group.",
    fact: "Schedules of another account could use the role",
    remedy: "Set the conditions aws:SourceAccount, and aws:SourceArn to the schedule group",
    types: [ROLE],
    broken: (props) =>
      statementsOf(at(props, "assumeRolePolicy"))
        .filter(({ principals }) => principals.includes("scheduler.amazonaws.com"))
        .flatMap(({ conditions }) => SOURCES.filter((key) => !conditions.some(([, named]) => named === key)))
        .at(0),
  }),
];

const openForAll = ({ conditions }: PolicyStatement): string | undefined =>
  conditions.find(
    ([operator, key]) =>
      operator.startsWith("ForAllValues:") &&
      !conditions.some(([other, same, values]) => other === "Null" && same === key && values.join() === "false"),
  )?.[1];
