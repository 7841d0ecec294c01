/** A resource whose inputs are counted; a policy's, or a recorded one. */
export interface CountedResource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** How much of a quota one holder uses: a role, a bus, or the stack. */
interface Use {
  /** Logical name of a resource, or what it is in the account. */
  readonly holder: string;
  readonly used: number;
}

/** A quota of AWS, as it is for an account that has not asked for more. */
interface Quota {
  readonly name: string;
  readonly limit: number;
  /** Whether AWS raises it on request (Service Quotas, or Support). */
  readonly raisable: boolean;
  readonly page: string;
  readonly uses: (stack: readonly CountedResource[]) => readonly Use[];
}

type Props = CountedResource["props"];
const DOCS = "https://docs.aws.amazon.com";

const ofType = (stack: readonly CountedResource[], type: string) => stack.filter((resource) => resource.type === type);
/** One use for the whole stack. */
const counted = (holder: string, type: string) => (stack: readonly CountedResource[]) => [
  { holder, used: ofType(stack, type).length },
];
/** The sum of `size` by `holder`. */
function summed(type: string, holder: (props: Props) => unknown, size: (props: Props) => number) {
  return (stack: readonly CountedResource[]): readonly Use[] => {
    const groups = Map.groupBy(ofType(stack, type), ({ props }) => String(holder(props)));
    return [...groups].map(([name, members]) => ({
      holder: name,
      used: members.reduce((sum, { props }) => sum + size(props), 0),
    }));
  };
}
/** One use for each resource. */
const sized = (type: string, size: (props: Props) => number) => (stack: readonly CountedResource[]) =>
  ofType(stack, type).map(({ name, props }) => ({ holder: name, used: size(props) }));

const one = () => 1;
const bytes = (text: unknown) => (text === undefined ? 0 : Buffer.byteLength(String(text)));
/** IAM does not count white space. */
const visible = (text: unknown) => String(text ?? "").replaceAll(/\s/g, "").length;
const parsed = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
};

/** Parts of paths, each of which is a resource of the API: `/orders/{id}` has two, and the root is one. */
function pathsIn(body: unknown): number {
  const { paths = {} } = (parsed(body) ?? {}) as { readonly paths?: object };
  const parts = Object.keys(paths).flatMap((path) => path.split("/").map((_, i, all) => all.slice(0, i + 1).join("/")));
  return new Set(parts).size;
}
const metricsIn = (body: unknown): readonly number[] => {
  const { widgets = [] } = (parsed(body) ?? {}) as {
    readonly widgets?: readonly { readonly properties?: { readonly metrics?: readonly unknown[] } }[];
  };
  return widgets.map(({ properties }) => properties?.metrics?.length ?? 0);
};
const environmentBytes = ({ environment }: Props) => {
  const { variables = {} } = (environment ?? {}) as { readonly variables?: Readonly<Record<string, unknown>> };
  return Object.entries(variables).reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0);
};
/** What Lambda writes for one permission; its ARNs have some 100 characters each. */
const permissionBytes = ({ sourceArn, principal }: Props) => 250 + 2 * bytes(sourceArn) + bytes(principal);

/**
 * Quotas that a stack can reach by its number of flows, steps and routes. Limits of AWS as of 2026-11-28, in regions without lower ones.
 */
const QUOTAS: readonly Quota[] = [
  {
    name: "rules of an event bus",
    limit: 300,
    raisable: true,
    page: `${DOCS}/eventbridge/latest/userguide/eb-quota.html`,
    uses: summed("aws:cloudwatch/eventRule:EventRule", ({ eventBusName }) => eventBusName, one),
  },
  {
    name: "characters of an event pattern",
    limit: 2_048,
    raisable: false,
    page: `${DOCS}/eventbridge/latest/userguide/eb-quota.html`,
    uses: sized("aws:cloudwatch/eventRule:EventRule", ({ eventPattern }) => String(eventPattern ?? "").length),
  },
  {
    name: "roles of an account",
    limit: 1_000,
    raisable: true,
    page: `${DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html`,
    uses: counted("account", "aws:iam/role:Role"),
  },
  {
    name: "characters of a role's inline policies",
    limit: 10_240,
    raisable: false,
    page: `${DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html`,
    uses: summed(
      "aws:iam/rolePolicy:RolePolicy",
      ({ role }) => role,
      ({ policy }) => visible(policy),
    ),
  },
  {
    name: "bytes of a queue's policy",
    limit: 8_192,
    raisable: false,
    page: `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html`,
    uses: sized("aws:sqs/queuePolicy:QueuePolicy", ({ policy }) => bytes(policy)),
  },
  {
    name: "bytes of a function's environment",
    limit: 4_096,
    raisable: false,
    page: `${DOCS}/lambda/latest/dg/gettingstarted-limits.html`,
    uses: sized("aws:lambda/function:Function", environmentBytes),
  },
  {
    name: "bytes of a function's own policy",
    limit: 20_480,
    raisable: false,
    page: `${DOCS}/lambda/latest/dg/gettingstarted-limits.html`,
    uses: summed("aws:lambda/permission:Permission", (props) => props.function, permissionBytes),
  },
  {
    name: "resources of a REST API",
    limit: 300,
    raisable: true,
    page: `${DOCS}/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html`,
    uses: sized("aws:apigateway/restApi:RestApi", ({ body }) => pathsIn(body)),
  },
  {
    name: "bytes of a REST API's definition",
    limit: 6 * 1_024 * 1_024,
    raisable: false,
    page: `${DOCS}/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html`,
    uses: sized("aws:apigateway/restApi:RestApi", ({ body }) => bytes(body)),
  },
  {
    name: "usage plans of an account",
    limit: 300,
    raisable: true,
    page: `${DOCS}/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html`,
    uses: counted("account", "aws:apigateway/usagePlan:UsagePlan"),
  },
  {
    name: "alarms of an account",
    limit: 5_000,
    raisable: true,
    page: `${DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html`,
    uses: counted("account", "aws:cloudwatch/metricAlarm:MetricAlarm"),
  },
  {
    name: "metrics of a dashboard",
    limit: 2_500,
    raisable: false,
    page: `${DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html`,
    uses: sized("aws:cloudwatch/dashboard:Dashboard", ({ dashboardBody }) =>
      metricsIn(dashboardBody).reduce((sum, n) => sum + n, 0),
    ),
  },
  {
    name: "widgets of a dashboard",
    limit: 500,
    raisable: false,
    page: `${DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html`,
    uses: sized("aws:cloudwatch/dashboard:Dashboard", ({ dashboardBody }) => metricsIn(dashboardBody).length),
  },
  {
    name: "metrics of a dashboard's widget",
    limit: 500,
    raisable: false,
    page: `${DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html`,
    uses: sized("aws:cloudwatch/dashboard:Dashboard", ({ dashboardBody }) => Math.max(0, ...metricsIn(dashboardBody))),
  },
  {
    name: "elastic addresses of an account",
    limit: 5,
    raisable: true,
    page: `${DOCS}/vpc/latest/userguide/amazon-vpc-limits.html`,
    uses: counted("account", "aws:ec2/eip:Eip"),
  },
];

/** A quota and the holder that uses most of it. */
export interface QuotaUse extends Use {
  readonly quota: Quota;
}

/** @returns for each quota that the stack uses at all, the holder that uses most of it */
export const quotaUses = (stack: readonly CountedResource[]): readonly QuotaUse[] =>
  QUOTAS.flatMap((quota) => {
    const [most] = [...quota.uses(stack)].sort((a, b) => b.used - a.used);
    return most && most.used > 0 ? [{ quota, ...most }] : [];
  });
