import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ChildOptions } from "../parts/customise.ts";
import { policyDocument, trustPolicy } from "../parts/policy-document.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
const ACTIONS = ["CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents", "GetLogEvents", "FilterLogEvents"];

/**
 * The role with which API Gateway writes logs: one per account and region, set by whichever stack was deployed last. It stays when this
 * stack is destroyed, since other stacks of the account may need it.
 * @param anyLogGroup ARN with the partition, region and account
 */
export function accountLogging(name: string, anyLogGroup: pulumi.Output<string>, options: ChildOptions): aws.apigateway.Account {
  const retained = { ...options, retainOnDelete: true };
  const role = new aws.iam.Role(
    `${name}-logs-role`,
    { description: "API Gateway's logs", assumeRolePolicy: trustPolicy("apigateway.amazonaws.com") },
    retained,
  );
  const everyLogGroup = anyLogGroup.apply((arn) => `${arn.split(":").slice(0, 5).join(":")}:*`);
  const policy = new aws.iam.RolePolicy(
    `${name}-logs-policy`,
    {
      role: role.name,
      policy: policyDocument([
        { sid: "Logs", actions: ACTIONS.map((action) => `logs:${action}`), resources: [everyLogGroup] },
        // The action supports no resource but *: with an ARN it allows nothing.
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        { sid: "LogGroups", actions: ["logs:DescribeLogGroups"], resources: ["*"] },
      ]),
    },
    retained,
  );
  return new aws.apigateway.Account(`${name}-account`, { cloudwatchRoleArn: role.arn }, { ...retained, dependsOn: [policy] });
}
