import { createHash } from "node:crypto";
import { autoName } from "./auto-name.ts";

export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
export interface Place {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
}
interface Named extends Registration, Place {
  /** Physical name. */
  readonly physical: string;
}
interface Attributes {
  readonly id: string;
  readonly [output: string]: unknown;
}

/**
 * What the AWS provider adds to a resource's inputs once it is made: id, ARN, URL.
 * @returns id and outputs; a kind that is not in the table has its physical name for an id.
 */
export function attributesOf(registration: Registration, place: Place): Attributes {
  const nameKey = NAME_KEYS[registration.type] ?? "name";
  const given = registration.inputs[nameKey];
  const prefix = registration.inputs.namePrefix;
  const logical = typeof prefix === "string" ? prefix.replace(/-$/, "") : registration.name;
  const suffix = registration.inputs.fifoQueue === true ? ".fifo" : "";
  const physical = typeof given === "string" ? given : autoName(logical, registration.urn) + suffix;
  const attributes = KINDS[registration.type]?.({ ...registration, ...place, physical }) ?? { id: physical };
  return { ...(NAMELESS.has(registration.type) ? {} : { [nameKey]: physical }), ...attributes };
}

type Kind = (resource: Named) => Attributes;

const arn = ({ partition, region, accountId }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
/** A short id as API Gateway makes them, the same for the same resource. */
const shortId = (urn: string, length = 10) =>
  BigInt(`0x${createHash("sha256").update(urn).digest("hex")}`)
    .toString(36)
    .slice(0, length);
const uuid = (urn: string) =>
  createHash("sha256")
    .update(urn)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

const lambda: Kind = (r) => {
  const functionArn = arn(r, "lambda", `function:${r.physical}`);
  return {
    id: r.physical,
    arn: functionArn,
    qualifiedArn: `${functionArn}:${versionOf(r)}`,
    invokeArn: `arn:${r.partition}:apigateway:${r.region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
    version: versionOf(r),
  };
};
/** The first one, where each change makes one. */
const versionOf = ({ inputs }: Registration) => (inputs.publish === true ? "1" : "$LATEST");
const alias: Kind = (r) => {
  const aliasArn = arn(r, "lambda", `function:${String(r.inputs.functionName)}:${r.physical}`);
  return {
    id: aliasArn,
    arn: aliasArn,
    invokeArn: `arn:${r.partition}:apigateway:${r.region}:lambda:path/2015-03-31/functions/${aliasArn}/invocations`,
  };
};
const queue: Kind = (r) => {
  const url = `https://sqs.${r.region}.amazonaws.com/${r.accountId}/${r.physical}`;
  return { id: url, url, arn: arn(r, "sqs", r.physical) };
};
const role: Kind = (r) => ({
  id: r.physical,
  arn: `arn:${r.partition}:iam::${r.accountId}:role${String(r.inputs.path ?? "/")}${r.physical}`,
  uniqueId: `AROA${shortId(r.urn, 17).toUpperCase()}`,
});
const rule: Kind = (r) => {
  const bus = String(r.inputs.eventBusName ?? "default").replace(/^.*event-bus\//, "");
  return {
    id: `${bus}/${r.physical}`,
    arn: arn(r, "events", bus === "default" ? `rule/${r.physical}` : `rule/${bus}/${r.physical}`),
  };
};
const restApi: Kind = (r) => {
  const id = shortId(r.urn);
  return {
    id,
    arn: `arn:${r.partition}:apigateway:${r.region}::/restapis/${id}`,
    rootResourceId: shortId(`${r.urn}/`),
    executionArn: arn(r, "execute-api", id),
  };
};
const stage: Kind = (r) => {
  const api = String(r.inputs.restApi);
  const name = String(r.inputs.stageName);
  return {
    id: `ags-${api}-${name}`,
    arn: `arn:${r.partition}:apigateway:${r.region}::/restapis/${api}/stages/${name}`,
    invokeUrl: `https://${api}.execute-api.${r.region}.amazonaws.com/${name}`,
    executionArn: `${arn(r, "execute-api", api)}/${name}`,
  };
};
const secret: Kind = (r) => {
  const secretArn = arn(r, "secretsmanager", `secret:${r.physical}-${shortId(r.urn, 6)}`);
  return { id: secretArn, arn: secretArn };
};
const apiKey: Kind = (r) => {
  const id = shortId(r.urn);
  return {
    id,
    arn: `arn:${r.partition}:apigateway:${r.region}::/apikeys/${id}`,
    value: r.inputs.value ?? createHash("sha256").update(`key of ${r.urn}`).digest("hex").slice(0, 40),
  };
};

const domainName: Kind = (r) => ({
  id: r.physical,
  arn: `arn:${r.partition}:apigateway:${r.region}::/domainnames/${r.physical}`,
  regionalDomainName: `d-${shortId(r.urn)}.execute-api.${r.region}.amazonaws.com`,
  regionalZoneId: `Z${shortId(r.urn, 13).toUpperCase()}`,
});

/** Of the block that documentation may use. https://www.rfc-editor.org/rfc/rfc5737 */
const eip: Kind = (r) => ({
  id: `eipalloc-${shortId(r.urn, 17)}`,
  publicIp: `203.0.113.${createHash("sha256").update(r.urn).digest()[0] ?? 0}`,
});
const ofEc2 =
  (prefix: string): Kind =>
  (r) => ({ id: `${prefix}-${shortId(r.urn, 17)}` });

const KINDS: Readonly<Record<string, Kind>> = {
  "aws:lambda/function:Function": lambda,
  "aws:lambda/alias:Alias": alias,
  "aws:lambda/eventSourceMapping:EventSourceMapping": (r) => ({
    id: uuid(r.urn),
    uuid: uuid(r.urn),
    arn: arn(r, "lambda", `event-source-mapping:${uuid(r.urn)}`),
  }),
  "aws:lambda/permission:Permission": (r) => ({
    id: String(r.inputs.statementId ?? r.physical),
    statementId: String(r.inputs.statementId ?? r.physical),
  }),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (r) => ({ id: String(r.inputs.functionName) }),
  "aws:sqs/queue:Queue": queue,
  "aws:sqs/queuePolicy:QueuePolicy": (r) => ({ id: String(r.inputs.queueUrl) }),
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": (r) => ({ id: `${String(r.inputs.role)}:${r.physical}` }),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (r) => ({ id: `${String(r.inputs.role)}-${r.physical}` }),
  "aws:dynamodb/table:Table": (r) => ({ id: r.physical, arn: arn(r, "dynamodb", `table/${r.physical}`) }),
  "aws:cloudwatch/eventBus:EventBus": (r) => ({ id: r.physical, arn: arn(r, "events", `event-bus/${r.physical}`) }),
  "aws:cloudwatch/eventArchive:EventArchive": (r) => ({ id: r.physical, arn: arn(r, "events", `archive/${r.physical}`) }),
  "aws:cloudwatch/eventRule:EventRule": rule,
  "aws:cloudwatch/eventTarget:EventTarget": (r) => {
    const targetId = String(r.inputs.targetId ?? shortId(r.urn, 20));
    return { id: `${String(r.inputs.rule)}-${targetId}`, targetId };
  },
  "aws:cloudwatch/logGroup:LogGroup": (r) => ({ id: r.physical, arn: arn(r, "logs", `log-group:${r.physical}`) }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (r) => ({ id: r.physical, arn: arn(r, "cloudwatch", `alarm:${r.physical}`) }),
  "aws:cloudwatch/dashboard:Dashboard": (r) => ({
    id: r.physical,
    dashboardArn: `arn:${r.partition}:cloudwatch::${r.accountId}:dashboard/${r.physical}`,
  }),
  "aws:sns/topic:Topic": (r) => {
    const topicArn = arn(r, "sns", r.physical);
    return { id: topicArn, arn: topicArn };
  },
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/internetGateway:InternetGateway": ofEc2("igw"),
  "aws:ec2/natGateway:NatGateway": ofEc2("nat"),
  "aws:ec2/route:Route": ofEc2("r"),
  "aws:ec2/routeTable:RouteTable": ofEc2("rtb"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ofEc2("rtbassoc"),
  "aws:ec2/securityGroup:SecurityGroup": ofEc2("sg"),
  "aws:ec2/subnet:Subnet": ofEc2("subnet"),
  "aws:ec2/vpc:Vpc": ofEc2("vpc"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ofEc2("vpce"),
  "aws:sns/topicPolicy:TopicPolicy": (r) => ({ id: String(r.inputs.arn) }),
  "aws:sns/topicSubscription:TopicSubscription": (r) => {
    const subscription = `${String(r.inputs.topic)}:${uuid(r.urn)}`;
    return { id: subscription, arn: subscription };
  },
  "aws:scheduler/schedule:Schedule": (r) => ({
    id: `${String(r.inputs.groupName ?? "default")}/${r.physical}`,
    arn: arn(r, "scheduler", `schedule/${String(r.inputs.groupName ?? "default")}/${r.physical}`),
  }),
  "aws:apigateway/restApi:RestApi": restApi,
  "aws:apigateway/deployment:Deployment": (r) => ({ id: shortId(r.urn, 6) }),
  "aws:apigateway/stage:Stage": stage,
  "aws:apigateway/apiKey:ApiKey": apiKey,
  "aws:apigateway/usagePlan:UsagePlan": (r) => ({
    id: shortId(r.urn, 6),
    arn: `arn:${r.partition}:apigateway:${r.region}::/usageplans/${shortId(r.urn, 6)}`,
  }),
  "aws:apigateway/domainName:DomainName": domainName,
  "aws:apigateway/usagePlanKey:UsagePlanKey": (r) => ({ id: String(r.inputs.keyId) }),
  "aws:secretsmanager/secret:Secret": secret,
  "aws:wafv2/webAcl:WebAcl": (r) => ({ id: uuid(r.urn), arn: arn(r, "wafv2", `regional/webacl/${r.physical}/${uuid(r.urn)}`) }),
  "aws:wafv2/webAclAssociation:WebAclAssociation": (r) => ({
    id: `${String(r.inputs.webAclArn)},${String(r.inputs.resourceArn)}`,
  }),
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (r) => ({ id: String(r.inputs.resourceArn) }),
};

/** Kinds whose name is under another input than `name`. */
const NAME_KEYS: Readonly<Record<string, string>> = {
  "aws:apigateway/domainName:DomainName": "domainName",
  "aws:apigateway/stage:Stage": "stageName",
  "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
  "aws:dynamodb/tableItem:TableItem": "hashKey",
};
/** Kinds that have no name of their own. */
const NAMELESS = new Set([
  "aws:lambda/eventSourceMapping:EventSourceMapping",
  "aws:lambda/permission:Permission",
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
  "aws:appautoscaling/target:Target",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:apigateway/deployment:Deployment",
  "aws:apigateway/account:Account",
  "aws:apigateway/basePathMapping:BasePathMapping",
  "aws:apigateway/methodSettings:MethodSettings",
  "aws:apigateway/usagePlanKey:UsagePlanKey",
  "aws:dynamodb/tableItem:TableItem",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:ec2/eip:Eip",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/natGateway:NatGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:wafv2/webAclAssociation:WebAclAssociation",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
]);
