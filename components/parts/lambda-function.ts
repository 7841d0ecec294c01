import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroupPrefix } from "../../protocol/logs.ts";
import type { ChildOptions } from "./customise.ts";
import { DEFAULTS } from "./defaults.ts";
import { policyDocument, type Statement, trustPolicy } from "./policy-document.ts";
import { logs, networkInterfaces, traces } from "./statements.ts";

/** Network that functions run in. */
export interface Network {
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly securityGroupIds: pulumi.Input<string>[];
}

export interface LambdaFunctionArgs {
  readonly description: string;
  readonly code: pulumi.Input<pulumi.asset.Archive>;
  /** Such as `index.step_register`. */
  readonly handler: string;
  /** Its rights, beside those to write its log and its traces. */
  readonly statements: readonly Statement[];
  /** `NODE_OPTIONS` is added. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Seconds, 1 to 900. @default DEFAULTS.timeout */
  readonly timeout?: number;
  /** MB, 128 to 10240. @default DEFAULTS.memory */
  readonly memory?: number;
  /** Concurrency that it has for itself, and no more. @default the account's, shared */
  readonly reserved?: number | undefined;
  /** Publishes a version of each change, for an alias to point at. @default false */
  readonly publish?: boolean;
  /** Network that it runs in. @default none: Lambda's own, where calls come from any address */
  readonly network?: Network | undefined;
  /** Days that the log is kept. */
  readonly logRetentionDays: number;
  /** Names its log group, below that of the stack: flow and step. @default the resource's name */
  readonly logPath?: readonly string[];
}

export interface LambdaFunction {
  readonly function: aws.lambda.Function;
  readonly role: aws.iam.Role;
  /** Depend on it where something invokes the function: its rights have to be there first. */
  readonly policy: aws.iam.RolePolicy;
  readonly logGroup: aws.cloudwatch.LogGroup;
}

/**
 * Lambda's own lines become JSON. It does not encode those again that are JSON already, such as the runtime's and those of metrics; the level is
 * the lowest one, since the runtime filters by `hub:logLevel` itself.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
const LOGGING = { logFormat: "JSON", applicationLogLevel: "TRACE", systemLogLevel: "INFO" } as const;

/** `/hub/<stack>/<flow>/<step>`. Known before the deployment, so that people find it by name, and queries by prefix. */
export const logGroupName = (...path: readonly string[]) => logGroupPrefix(pulumi.getStack()) + path.join("/");

/** A function with a role of its own, one inline policy, and a log group made before the function could make one that never expires. */
export function lambdaFunction(name: string, args: LambdaFunctionArgs, options: ChildOptions): LambdaFunction {
  const { network } = args;
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-log`,
    { name: logGroupName(...(args.logPath ?? [name])), retentionInDays: args.logRetentionDays },
    options,
  );
  const role = new aws.iam.Role(
    `${name}-role`,
    { description: args.description, assumeRolePolicy: trustPolicy("lambda.amazonaws.com") },
    options,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    {
      role: role.name,
      policy: policyDocument([...args.statements, logs(logGroup), traces(), ...(network ? [networkInterfaces()] : [])]),
    },
    options,
  );
  const fn = new aws.lambda.Function(
    name,
    {
      description: args.description,
      role: role.arn,
      runtime: DEFAULTS.runtime,
      architectures: [DEFAULTS.architecture],
      handler: args.handler,
      code: args.code,
      timeout: args.timeout ?? DEFAULTS.timeout,
      memorySize: args.memory ?? DEFAULTS.memory,
      environment: { variables: { NODE_OPTIONS: "--enable-source-maps", ...args.environment } },
      ...(args.reserved !== undefined && { reservedConcurrentExecutions: args.reserved }),
      ...(args.publish && { publish: true }),
      ...(network && { vpcConfig: { subnetIds: network.subnetIds, securityGroupIds: network.securityGroupIds } }),
      tracingConfig: { mode: "Active" },
      loggingConfig: { ...LOGGING, logGroup: logGroup.name },
    },
    { ...options, dependsOn: [policy] },
  );
  return { function: fn, role, policy, logGroup };
}
