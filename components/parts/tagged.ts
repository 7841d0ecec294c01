import * as pulumi from "@pulumi/pulumi";
import type { Flow } from "../../model/index.ts";

/** Kinds that AWS tags; a test holds the list against @pulumi/aws for each kind that the program makes. */
const TAGGABLE = new Set([
  "aws:apigateway/apiKey:ApiKey",
  "aws:apigateway/domainName:DomainName",
  "aws:apigateway/restApi:RestApi",
  "aws:apigateway/stage:Stage",
  "aws:apigateway/usagePlan:UsagePlan",
  "aws:cloudwatch/eventBus:EventBus",
  "aws:cloudwatch/eventRule:EventRule",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:dynamodb/table:Table",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:iam/role:Role",
  "aws:lambda/eventSourceMapping:EventSourceMapping",
  "aws:lambda/function:Function",
  "aws:secretsmanager/secret:Secret",
  "aws:sns/topic:Topic",
  "aws:sqs/queue:Queue",
  "aws:wafv2/webAcl:WebAcl",
]);

/**
 * Options that tag every resource below a component with project, stack and the stack's own tags; below a flow's also with its name
 * and owner. The tags are inputs of each resource, so that a preview, the policy pack and the local hub see them; the provider's
 * `defaultTags` are seen by none of them.
 */
export function tagged(tags: Readonly<Record<string, string>>, flow?: Flow): pulumi.ComponentResourceOptions {
  const all = {
    ...tags,
    "hub:project": pulumi.getProject(),
    "hub:stack": pulumi.getStack(),
    ...(flow && { "hub:flow": flow.name, "hub:owner": tagValue(flow.owner) }),
  };
  return {
    transformations: [
      ({ type, props, opts }) =>
        TAGGABLE.has(type) ? { props: { ...props, tags: { ...all, ...(props.tags as object | undefined) } }, opts } : undefined,
    ],
  };
}

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices */
const tagValue = (text: string) => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
