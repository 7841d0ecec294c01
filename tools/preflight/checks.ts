import { quotaUses } from "../../policy/quotas.ts";
import { type Aws, AwsError } from "./aws-cli.ts";
import { type Finding, note, ok, problem } from "./finding.ts";
import { nameClashes } from "./names.ts";
import { ruleGroups } from "./rule-groups.ts";
import type { Stack } from "./stack.ts";

export interface Check {
  readonly name: string;
  /** The API that is asked. */
  readonly page: string;
  readonly run: (aws: Aws, stack: Stack) => Promise<readonly Finding[]>;
}

const DOCS = "https://docs.aws.amazon.com";
const ofType = ({ resources }: Stack, type: string) => resources.filter((resource) => resource.type === type);
const number = (value: unknown) => (typeof value === "number" ? value : 0);
const record = (value: unknown) => (value ?? {}) as Readonly<Record<string, unknown>>;
const list = (value: unknown) => (Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []);

const identity: Check = {
  name: "identity",
  page: `${DOCS}/STS/latest/APIReference/API_GetCallerIdentity.html`,
  async run(aws) {
    const { Account, Arn } = record(await aws("sts", "get-caller-identity"));
    const who = `account ${String(Account)}, ${String(Arn)}`;
    return String(Arn).endsWith(":root")
      ? [note(`${who}: the account's root user`, "Deploy with a role: the root user can't be restricted")]
      : [ok(who)];
  },
};

/** Lambda keeps 100 for functions without a reservation. */
const LEFT_FREE = 100;

const concurrency: Check = {
  name: "concurrency",
  page: `${DOCS}/lambda/latest/api/API_GetAccountSettings.html`,
  async run(aws, stack) {
    const { AccountLimit } = record(await aws("lambda", "get-account-settings"));
    const limit = number(record(AccountLimit).ConcurrentExecutions);
    const free = number(record(AccountLimit).UnreservedConcurrentExecutions);
    const sum = (type: string, property: string) =>
      ofType(stack, type).reduce((all, { props }) => all + Math.max(0, number(props[property])), 0);
    const reserved = sum("aws:lambda/function:Function", "reservedConcurrentExecutions");
    const provisioned = sum(
      "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
      "provisionedConcurrentExecutions",
    );
    const raise = 'Request more: Service Quotas, Lambda, "Concurrent executions"';
    if (reserved + provisioned > 0 && limit < reserved + provisioned + LEFT_FREE)
      return [
        problem(
          `the stack reserves ${reserved} and provisions ${provisioned} of ${limit} concurrent executions, and ${LEFT_FREE} must be left`,
          `${raise}, or lower hub:concurrency, or set hub:provisionedConcurrency to false`,
        ),
      ];
    const configured = number(record(stack.settings.concurrency).account) || 1_000;
    if (limit < configured)
      return [
        problem(
          `the account has ${limit} concurrent executions, ${free} of them unreserved, and the hub is configured for ${configured}`,
          `${raise}, or set hub:concurrency.account to ${limit} (101 at least)`,
        ),
      ];
    return [ok(`${limit} concurrent executions, ${free} unreserved`)];
  },
};

/** Quotas of Service Quotas, by the names of `policy/quotas.ts`. https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
const CODES: Readonly<Record<string, readonly [service: string, code: string]>> = {
  "rules of an event bus": ["events", "L-244521F2"],
  "resources of a REST API": ["apigateway", "L-01C8A9E0"],
  "elastic addresses of an account": ["ec2", "L-0263D0A3"],
};

const quotas: Check = {
  name: "quotas",
  page: `${DOCS}/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html`,
  async run(aws, stack) {
    const findings = quotaUses(stack.resources).map(async ({ quota, used }): Promise<readonly Finding[]> => {
      const [service, code] = CODES[quota.name] ?? [];
      if (service === undefined || code === undefined) return [];
      const given = record(await aws("service-quotas", "get-service-quota", "--service-code", service, "--quota-code", code));
      const limit = number(record(given.Quota).Value);
      if (used <= limit) return [];
      return [problem(`${quota.name}: the stack has ${used}, and the account may have ${limit}`, `Request more: ${quota.page}`)];
    });
    const problems = (await Promise.all(findings)).flat();
    const { SummaryMap } = record(await aws("iam", "get-account-summary"));
    const roles = ofType(stack, "aws:iam/role:Role").length;
    const [has, may] = [number(record(SummaryMap).Roles), number(record(SummaryMap).RolesQuota)];
    if (may > 0 && has + roles > may)
      problems.push(
        problem(
          `the account has ${has} of ${may} roles, and the stack has ${roles}, of which a stack that exists has made some already`,
          `Request more: ${DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html`,
        ),
      );
    return problems.length > 0 ? problems : [ok("none is exceeded")];
  },
};

/**
 * Zones in which Lambda creates no network interfaces ("contain availability zone Lambda doesn't support"). AWS publishes no list; it names the
 * zone when it refuses, as in https://github.com/keboola/developer-portal/issues/81.
 */
const REFUSED_ZONES: readonly string[] = ["use1-az3"];

const zones: Check = {
  name: "zones",
  page: `${DOCS}/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html`,
  async run(aws, { settings }) {
    const { addresses, zones: chosen } = record(settings.egress);
    if (number(addresses) === 0) return [ok("no fixed addresses, so no network")];
    const given = record(await aws("ec2", "describe-availability-zones", "--filters", "Name=zone-type,Values=availability-zone"));
    const known = list(given.AvailabilityZones).toSorted((a, b) => (String(a.ZoneName) < String(b.ZoneName) ? -1 : 1));
    const wanted = Array.isArray(chosen)
      ? (chosen as readonly string[])
      : known.slice(0, Math.max(2, number(addresses))).map(({ ZoneName }) => String(ZoneName));
    const fit = known.filter(({ ZoneId, State }) => State === "available" && !REFUSED_ZONES.includes(String(ZoneId)));
    const unfit = wanted.filter((zone) => !fit.some(({ ZoneName }) => ZoneName === zone));
    if (unfit.length === 0) return [ok(wanted.join(", "))];
    const instead = fit.slice(0, wanted.length).map(({ ZoneName }) => String(ZoneName));
    return [
      problem(
        `Lambda creates no network interfaces in ${unfit.join(", ")}, or the account has no such zone`,
        `Set hub:egress.zones to [${instead.join(", ")}]`,
      ),
    ];
  },
};

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const LOG_POLICIES = 10;

const logPolicies: Check = {
  name: "log policies",
  page: `${DOCS}/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html`,
  async run(aws, stack) {
    if (ofType(stack, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").length === 0)
      return [ok("the stack needs none")];
    const policies = list(record(await aws("logs", "describe-resource-policies")).resourcePolicies);
    // AWS adds the log group of a web ACL to this policy, or creates it.
    const own = policies.some(({ policyName }) => String(policyName).startsWith("AWSLogDeliveryWrite"));
    if (own || policies.length < LOG_POLICIES) return [ok(`${policies.length} of ${LOG_POLICIES} in the region`)];
    return [
      problem(
        `the region has ${policies.length} of ${LOG_POLICIES} resource policies of CloudWatch Logs, and the web ACL's log needs one`,
        "Merge or delete some: aws logs describe-resource-policies, aws logs delete-resource-policy",
      ),
    ];
  },
};

const transactionSearch: Check = {
  name: "Transaction Search",
  page: `${DOCS}/xray/latest/api/API_GetTraceSegmentDestination.html`,
  async run(aws) {
    const { Destination, Status } = record(await aws("xray", "get-trace-segment-destination"));
    if (Destination !== "CloudWatchLogs") return [ok("off: X-Ray keeps the traces itself")];
    return [
      note(
        `on (${String(Status)}): spans go to the log group aws/spans, are billed as logs, and only the indexed share is found in X-Ray`,
        "Set the indexed share in CloudWatch, or aws xray update-trace-segment-destination --destination XRay",
      ),
    ];
  },
};

interface LinkedRole {
  readonly role: string;
  readonly service: string;
  /** Kind of resource that needs it. */
  readonly type: string;
}
const LINKED_ROLES: readonly LinkedRole[] = [
  {
    role: "AWSServiceRoleForWAFV2Logging",
    service: "wafv2.amazonaws.com",
    type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
  },
  {
    role: "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
    service: "lambda.application-autoscaling.amazonaws.com",
    type: "aws:appautoscaling/target:Target",
  },
  { role: "AWSServiceRoleForAPIGateway", service: "ops.apigateway.amazonaws.com", type: "aws:apigateway/domainName:DomainName" },
];

const linkedRoles: Check = {
  name: "service-linked roles",
  page: `${DOCS}/IAM/latest/APIReference/API_GetRole.html`,
  async run(aws, stack) {
    const needed = LINKED_ROLES.filter(({ type }) => ofType(stack, type).length > 0);
    const findings = needed.map(async ({ role, service }): Promise<readonly Finding[]> => {
      try {
        await aws("iam", "get-role", "--role-name", role);
        return [];
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== "NoSuchEntity") throw error;
        return [
          note(
            `${role} does not exist yet`,
            `The deployment creates it if it may (iam:CreateServiceLinkedRole); else: aws iam create-service-linked-role --aws-service-name ${service}`,
          ),
        ];
      }
    });
    const missing = (await Promise.all(findings)).flat();
    return missing.length > 0 ? missing : [ok(needed.length === 0 ? "the stack needs none" : "they exist")];
  },
};

const names: Check = {
  name: "names",
  page: `${DOCS}/secretsmanager/latest/apireference/API_DescribeSecret.html`,
  run: nameClashes,
};

const webAcl: Check = {
  name: "web ACL",
  page: `${DOCS}/waf/latest/APIReference/API_DescribeManagedRuleGroup.html`,
  run: ruleGroups,
};

export const CHECKS: readonly Check[] = [
  identity,
  concurrency,
  quotas,
  zones,
  names,
  webAcl,
  logPolicies,
  transactionSearch,
  linkedRoles,
];
