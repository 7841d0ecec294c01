import * as pulumi from "@pulumi/pulumi";

/** One statement of a policy; values are known before the deployment or come from other resources. */
export interface Statement {
  readonly sid?: string;
  /** @default "Allow" */
  readonly effect?: "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly pulumi.Input<string>[];
  /** Only in a resource's own policy. */
  readonly principal?: "*" | { readonly service: string } | { readonly roles: readonly pulumi.Input<string>[] };
  /** Operator -> condition key -> values. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<readonly string[] | string>>>>>;
}

/** @returns the policy's JSON. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export const policyDocument = (statements: readonly Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, effect = "Allow", actions, resources, principal, conditions }) => ({
      ...(sid !== undefined && { Sid: sid }),
      Effect: effect,
      ...(principal && { Principal: principalOf(principal) }),
      Action: actions,
      Resource: resources,
      ...(conditions && { Condition: conditions }),
    })),
  });

const principalOf = (principal: NonNullable<Statement["principal"]>) => {
  if (principal === "*") return "*";
  return "service" in principal ? { Service: principal.service } : { AWS: principal.roles };
};

/**
 * Lets EventBridge Scheduler assume a role for schedules of this account's default group only. Scheduler names the group, never a schedule.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 * @param anyArn of a resource of the same partition, region and account
 */
export const schedulerTrust = (anyArn: pulumi.Output<string>): pulumi.Output<string> =>
  anyArn.apply((arn) => {
    const [, partition, , region, account] = arn.split(":");
    const group = `arn:${partition}:scheduler:${region}:${account}:schedule-group/default`;
    return trustPolicy("scheduler.amazonaws.com", {
      StringEquals: { "aws:SourceAccount": account },
      ArnEquals: { "aws:SourceArn": group },
    });
  });

/**
 * Lets an AWS service assume a role. AWS documents aws:SourceAccount and aws:SourceArn for the roles of EventBridge Scheduler; for execution
 * roles of Lambda and roles of API Gateway it documents neither, and a condition on a key that is not sent would refuse every call. Both take
 * roles of their own account only (iam:PassRole). https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
export const trustPolicy = (service: string, condition?: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", ...(condition && { Condition: condition }) },
    ],
  });

/**
 * Conditions on a key that holds many values. ForAllValues is true when the key is absent, so that has to be ruled out.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export const forAllValues = (
  operator: "StringEquals" | "StringLike",
  values: Readonly<Record<string, readonly string[]>>,
): NonNullable<Statement["conditions"]> => ({
  [`ForAllValues:${operator}`]: values,
  Null: Object.fromEntries(Object.keys(values).map((key) => [key, "false"])),
});
