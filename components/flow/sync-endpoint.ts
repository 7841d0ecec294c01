import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { busName, firstName, routeParameters, SYNC_TIMEOUT, type SyncTrigger, seconds } from "../../model/index.ts";
import { triggerHandler } from "../../protocol/handlers.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { holdsKey } from "../../protocol/table.ts";
import { type FlowContext, flowEnvironment } from "../core/hub-core.ts";
import type { SyncRoute } from "../gateway/route.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { publish, tableAccess } from "../parts/statements.ts";
import { thirdPartyAccess } from "../third-party/access.ts";

export interface SyncEndpointArgs extends FlowContext {
  /** The trigger's name in the flow. */
  readonly trigger: string;
  readonly declaration: SyncTrigger;
}

/** Target utilisation at which provisioned concurrency scales out. */
const UTILIZATION = 0.7;

/**
 * The function of a synchronous endpoint. The gateway invokes an alias: provisioned concurrency belongs to a version and has no effect on
 * `$LATEST`. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export class SyncEndpoint extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  readonly alias: aws.lambda.Alias;
  readonly route: SyncRoute;

  constructor(name: string, args: SyncEndpointArgs, options?: pulumi.ComponentResourceOptions) {
    super(COMPONENTS.syncEndpoint, name, { flow: args.flow.name, trigger: args.trigger }, options);
    const { core, flow, trigger, declaration } = args;
    const thirdParties = thirdPartyAccess(core.thirdParties, declaration.uses);
    const { partitions } = thirdParties;
    const { function: fn } = lambdaFunction(
      name,
      {
        description: `${flow.name} / ${trigger}`,
        code: args.code,
        handler: triggerHandler(trigger),
        logRetentionDays: core.config.logRetentionDays,
        logPath: [firstName(flow.name, flow.formerly), "triggers", trigger],
        timeout: Math.ceil(seconds(declaration.timeout ?? SYNC_TIMEOUT)),
        memory: declaration.memory ?? DEFAULTS.doorMemory,
        publish: true,
        network: thirdParties.network,
        environment: functionEnvironment("sync", { ...flowEnvironment(args), ...thirdParties.environment }),
        statements: [
          publish(core.bus.arn, flow, [busName(declaration.emits)]),
          ...(partitions.length > 0
            ? [tableAccess("State", core.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], partitions)]
            : []),
          ...(partitions.length > 0 ? [tableAccess("Holds", core.table.arn, ["dynamodb:GetItem"], [holdsKey.pk])] : []),
          ...thirdParties.statements,
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
    if (declaration.provisionedConcurrency && core.config.provisionedConcurrency)
      this.#keepWarm(name, declaration.provisionedConcurrency);
    this.route = {
      kind: "sync",
      flow: flow.name,
      name,
      trigger,
      formerly: flow.formerly ?? [],
      admission: flow.admission !== undefined,
      route: declaration.route,
      summary: declaration.summary,
      auth: declaration.auth,
      request: declaration.request,
      parameters: routeParameters(declaration),
      function: fn,
      alias: this.alias,
      throttle: declaration.throttle,
      cacheSeconds: declaration.cache && seconds(declaration.cache),
    };
    this.registerOutputs({ aliasArn: this.alias.arn });
  }

  #keepWarm(name: string, { min, max }: NonNullable<SyncTrigger["provisionedConcurrency"]>) {
    const { name: functionName } = this.function;
    // Scaling measures utilisation, so there has to be some concurrency to begin with; from then on, scaling sets the number.
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
