import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Flow, SYNC_TIMEOUT, type SyncTrigger, seconds, sourceOf } from "../../model/index.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { publish, tableAccess } from "../parts/statements.ts";
import {
  networkFor,
  thirdPartiesOf,
  thirdPartyEnvironment,
  thirdPartyPartitions,
  thirdPartySecrets,
} from "./third-party-access.ts";

export interface SyncEndpointArgs {
  readonly hub: IntegrationHub;
  readonly flow: Flow;
  /** Its name in the flow. */
  readonly trigger: string;
  readonly declaration: SyncTrigger;
  readonly code: pulumi.Input<pulumi.asset.Archive>;
  readonly graphHash: string;
}

/** Of the environments that are kept warm, the part that is in use when more are started. */
const UTILIZATION = 0.7;

/**
 * The function of a synchronous endpoint. Callers come by an alias: provisioned concurrency belongs to a version, and does nothing for
 * `$LATEST`. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export class SyncEndpoint extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  readonly alias: aws.lambda.Alias;

  constructor(name: string, args: SyncEndpointArgs, options?: pulumi.ComponentResourceOptions) {
    super("hub:index:SyncEndpoint", name, { flow: args.flow.name, trigger: args.trigger }, options);
    const { hub, flow, trigger, declaration } = args;
    const thirdParties = thirdPartiesOf(hub, declaration.uses);
    const partitions = thirdPartyPartitions(thirdParties);
    const { function: fn } = lambdaFunction(
      name,
      {
        description: `${flow.name} / ${trigger}`,
        code: args.code,
        handler: `index.trigger_${trigger}`,
        logRetentionDays: hub.config.logRetentionDays,
        timeout: Math.ceil(seconds(declaration.timeout ?? SYNC_TIMEOUT)),
        memory: declaration.memory ?? DEFAULTS.memory,
        publish: true,
        network: networkFor(hub, declaration.uses),
        environment: {
          ...hub.environmentOf(flow, args.graphHash),
          HUB_TRIGGER: trigger,
          HUB_TABLE: hub.table.name,
          ...thirdPartyEnvironment(hub, thirdParties),
        },
        statements: [
          publish(hub.bus.arn, sourceOf(flow.name), [declaration.emits.type]),
          ...(partitions.length > 0
            ? [tableAccess("State", hub.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], partitions)]
            : []),
          ...thirdPartySecrets(thirdParties),
        ],
      },
      { parent: this },
    );
    this.function = fn;
    this.alias = new aws.lambda.Alias(
      `${name}-live`,
      { name: "live", description: "What callers are answered by", functionName: fn.name, functionVersion: fn.version },
      { parent: this },
    );
    if (declaration.provisionedConcurrency && hub.config.provisionedConcurrency)
      this.#keepWarm(name, declaration.provisionedConcurrency);
    this.registerOutputs({ aliasArn: this.alias.arn });
  }

  #keepWarm(name: string, { min, max }: NonNullable<SyncTrigger["provisionedConcurrency"]>) {
    const { name: functionName } = this.function;
    // Scaling goes by how much of it is in use, so there has to be some to begin with; from then on the number is the scaling's.
    const initial = new aws.lambda.ProvisionedConcurrencyConfig(
      `${name}-warm`,
      { functionName, qualifier: this.alias.name, provisionedConcurrentExecutions: min },
      { parent: this, ignoreChanges: ["provisionedConcurrentExecutions"] },
    );
    const scaled = {
      serviceNamespace: "lambda",
      scalableDimension: "lambda:function:ProvisionedConcurrency",
      resourceId: pulumi.interpolate`function:${functionName}:${this.alias.name}`,
    };
    const target = new aws.appautoscaling.Target(
      `${name}-scaling`,
      { ...scaled, minCapacity: min, maxCapacity: max },
      { parent: this, dependsOn: [initial] },
    );
    new aws.appautoscaling.Policy(
      `${name}-scaling-policy`,
      {
        ...scaled,
        policyType: "TargetTrackingScaling",
        targetTrackingScalingPolicyConfiguration: {
          targetValue: UTILIZATION,
          predefinedMetricSpecification: { predefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
        },
      },
      { parent: this, dependsOn: [target] },
    );
  }
}
