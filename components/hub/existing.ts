import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../model/index.ts";
import type { HubConfig } from "../config/config.ts";
import { kindOfTarget } from "../config/perimeter.ts";

/** Resources of the account that the hub uses instead of creating its own. docs/customise.md */
export interface Existing {
  /** ARN of the SNS topic that alarms notify. Its policy has to let CloudWatch publish. @default a topic of the hub's own */
  readonly alarmTopicArn?: pulumi.Input<string>;
  /** Name of the event bus. Rules, archive and permissions are still the hub's. @default a bus of the hub's own */
  readonly busName?: pulumi.Input<string>;
  /** Name of the state table, with the hub's keys, indexes and TTL. @default a table of the hub's own */
  readonly tableName?: pulumi.Input<string>;
  /**
   * Network of the functions that call third parties with `egress: "fixed"`. It has to route calls to the internet through fixed addresses
   * and reach DynamoDB, SQS, EventBridge and Secrets Manager. @default as `hub:egress` says
   */
  readonly vpc?: ExistingVpc;
}

interface ExistingVpc {
  /** Private subnets of one VPC, at least one; two zones or more are advisable. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** At least one; each has to allow https out. */
  readonly securityGroupIds: readonly pulumi.Input<string>[];
}

/** What can be found wrong without asking AWS. */
export function existingProblems({ alarmTopicArn, busName, tableName, vpc }: Existing, config: HubConfig): readonly Problem[] {
  const problem = (where: string, fact: string, remedy: string): Problem => ({
    code: "RANGE",
    where: `existing.${where}`,
    fact,
    remedy,
  });
  const malformed = (value: pulumi.Input<string> | undefined, pattern: RegExp) =>
    typeof value === "string" && !pattern.test(value);
  return [
    ...(typeof alarmTopicArn === "string" && kindOfTarget(alarmTopicArn) !== "topic"
      ? [problem("alarmTopicArn", `${alarmTopicArn} is not the ARN of an SNS topic`, "Set arn:aws:sns:<region>:<account>:<name>")]
      : []),
    ...(malformed(busName, /^[\w./-]{1,256}$/)
      ? [problem("busName", `${busName} is not the name of an event bus`, "Set its name, not its ARN")]
      : []),
    ...(malformed(tableName, /^[\w.-]{3,255}$/)
      ? [problem("tableName", `${tableName} is not the name of a table`, "Set its name, not its ARN")]
      : []),
    ...(vpc && vpc.subnetIds.length === 0 ? [problem("vpc.subnetIds", "it is empty", "List at least one private subnet")] : []),
    ...(vpc && vpc.securityGroupIds.length === 0
      ? [problem("vpc.securityGroupIds", "it is empty", "List at least one security group")]
      : []),
    ...(vpc && config.egress && config.egress.addresses > 0
      ? [
          problem(
            "vpc",
            "hub:egress asks for a VPC of the hub's own as well",
            "Set hub:egress to { addresses: 0 }, or remove existing.vpc",
          ),
        ]
      : []),
  ];
}
