import * as aws from "@pulumi/aws";
import { Vpc } from "@pulumi/awsx/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import type { Flow } from "../../model/index.ts";

/** Options of a resource below one of the hub's components: only with a parent does it get tags and the stack's `transform`. */
export interface ChildOptions extends pulumi.CustomResourceOptions {
  readonly parent: pulumi.Resource;
}

/** Each kind of resource that the hub creates, under the name of its hook. */
export const KINDS = {
  alarm: aws.cloudwatch.MetricAlarm,
  alias: aws.lambda.Alias,
  api: aws.apigateway.RestApi,
  apiAccount: aws.apigateway.Account,
  apiDomain: aws.apigateway.DomainName,
  apiDomainMapping: aws.apigateway.BasePathMapping,
  apiKey: aws.apigateway.ApiKey,
  archive: aws.cloudwatch.EventArchive,
  bus: aws.cloudwatch.EventBus,
  dashboard: aws.cloudwatch.Dashboard,
  deployment: aws.apigateway.Deployment,
  dnsRecord: aws.route53.Record,
  eventSource: aws.lambda.EventSourceMapping,
  function: aws.lambda.Function,
  invokeConfig: aws.lambda.FunctionEventInvokeConfig,
  logGroup: aws.cloudwatch.LogGroup,
  methodSettings: aws.apigateway.MethodSettings,
  permission: aws.lambda.Permission,
  provisionedConcurrency: aws.lambda.ProvisionedConcurrencyConfig,
  queue: aws.sqs.Queue,
  queuePolicy: aws.sqs.QueuePolicy,
  role: aws.iam.Role,
  rolePolicy: aws.iam.RolePolicy,
  rule: aws.cloudwatch.EventRule,
  ruleTarget: aws.cloudwatch.EventTarget,
  scalingPolicy: aws.appautoscaling.Policy,
  scalingTarget: aws.appautoscaling.Target,
  savedQuery: aws.cloudwatch.QueryDefinition,
  schedule: aws.scheduler.Schedule,
  secret: aws.secretsmanager.Secret,
  secretVersion: aws.secretsmanager.SecretVersion,
  securityGroup: aws.ec2.SecurityGroup,
  stage: aws.apigateway.Stage,
  table: aws.dynamodb.Table,
  tableItem: aws.dynamodb.TableItem,
  topic: aws.sns.Topic,
  topicPolicy: aws.sns.TopicPolicy,
  topicSubscription: aws.sns.TopicSubscription,
  usagePlan: aws.apigateway.UsagePlan,
  usagePlanKey: aws.apigateway.UsagePlanKey,
  vpc: Vpc,
  vpcEndpoint: aws.ec2.VpcEndpoint,
  webAcl: aws.wafv2.WebAcl,
  webAclAssociation: aws.wafv2.WebAclAssociation,
  webAclLogging: aws.wafv2.WebAclLoggingConfiguration,
};
/** Name of a hook of `transform`. */
export type Kind = keyof typeof KINDS;
type ArgsOf<K extends Kind> = NonNullable<ConstructorParameters<(typeof KINDS)[K]>[1]>;

/** The resource that a hook is called for. */
export interface Where {
  /** The resource's name in the program, such as `order-to-erp-validate-queue`. */
  readonly name: string;
  /** Absent for what all flows share. */
  readonly flow?: string;
  /** Absent for what belongs to no single step. */
  readonly step?: string;
}

/**
 * One hook per kind of resource. A hook gets the arguments as the hub sets them, tags included, and returns the arguments to use. It runs
 * for each resource of its kind when the program runs. The types are those of @pulumi/aws; docs/customise.md has examples.
 */
export type Transform = { readonly [K in Kind]?: (args: ArgsOf<K>, where: Where) => ArgsOf<K> };

/** A component that stands for one step of a flow. */
export interface StepComponent extends pulumi.ComponentResource {
  readonly step: string;
}
const stepOf = (parent: pulumi.Resource | undefined) =>
  parent !== undefined && "step" in parent ? { step: (parent as StepComponent).step } : {};

/** The stack's own changes to what the hub creates. */
export interface Customisation {
  readonly tags: Readonly<Record<string, string>>;
  readonly transform: Transform;
}

/**
 * Options of a component that apply tags and hooks to every resource below it. Tags name project and stack; below a flow also the flow and
 * its owner. They are inputs of each resource, so that a preview, the policy pack and the local hub see them; the provider's `defaultTags`
 * are seen by none of these.
 */
export function customised({ tags, transform }: Customisation, flow?: Flow): pulumi.ComponentResourceOptions {
  const all = {
    ...tags,
    "hub:project": pulumi.getProject(),
    "hub:stack": pulumi.getStack(),
    ...(flow && { "hub:flow": flow.name, "hub:owner": tagValue(flow.owner) }),
  };
  const apply: pulumi.ResourceTransformation = ({ resource, name, props, opts }) => {
    const kind = kindOf(resource);
    const tagged = isTaggable(props) ? { ...props, tags: { ...all, ...(props.tags as object | undefined) } } : props;
    if (kind === undefined) return { props: tagged, opts };
    // A hook takes the arguments of its own kind; which kind this is, only the run knows.
    const hook = transform[kind] as ((args: object, where: Where) => object) | undefined;
    const where: Where = { name, ...(flow && { flow: flow.name }), ...stepOf(opts.parent) };
    return { props: hook ? hook(tagged, where) : tagged, opts };
  };
  return { transformations: [apply] };
}

/**
 * The constructors of @pulumi/aws list every input and output of their kind, absent ones as `undefined`. Kinds that AWS tags have both
 * of these. An awsx VPC has no `tagsAll` and gets its tags where it is created.
 */
const isTaggable = (props: Readonly<Record<string, unknown>>) => "tags" in props && "tagsAll" in props;

const kindOf = (resource: pulumi.Resource) => (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].isInstance(resource));

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices */
const tagValue = (text: string) => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
