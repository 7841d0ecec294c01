import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Consumer } from "../../protocol/consumers.ts";
import { mayAct } from "../../protocol/roles.ts";
import { rolesOf } from "../config/callers.ts";
import type { HubConfig } from "../config/config.ts";
import type { ChildOptions } from "../parts/customise.ts";

interface ConsumersArgs {
  readonly config: HubConfig;
  readonly stage: aws.apigateway.Stage;
  /** Secret that the authorizer reads them from. */
  readonly secret: aws.secretsmanager.Secret;
}

/**
 * A key with a usage plan for each consumer.
 * @returns consumer -> its key
 */
export function createConsumers(
  name: string,
  { config, stage, secret }: ConsumersArgs,
  options: ChildOptions,
): Readonly<Record<string, aws.apigateway.ApiKey>> {
  const entries = Object.entries(config.consumers).map(([consumer, { throttle = config.throttle, quota }]) => {
    const prefix = `${name}-${consumer}`;
    const key = new aws.apigateway.ApiKey(`${prefix}-key`, { description: `Consumer ${consumer}` }, options);
    const plan = new aws.apigateway.UsagePlan(
      `${prefix}-plan`,
      {
        description: `Consumer ${consumer}`,
        apiStages: [{ apiId: stage.restApi, stage: stage.stageName }],
        throttleSettings: { rateLimit: throttle.rate, burstLimit: throttle.burst },
        ...(quota && { quotaSettings: { limit: quota.limit, period: quota.period.toUpperCase() } }),
      },
      options,
    );
    new aws.apigateway.UsagePlanKey(`${prefix}-plan-key`, { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id }, options);
    return [consumer, key] as const;
  });
  const keys = Object.fromEntries(entries);
  new aws.secretsmanager.SecretVersion(
    `${name}-consumers`,
    { secretId: secret.id, secretString: consumersText(config, keys) },
    options,
  );
  return keys;
}

/** @returns JSON: consumer -> JSON of its key and rights. A secret, since an environment is too small for many and shows what it holds. */
function consumersText(
  { consumers, operators }: HubConfig,
  keys: Readonly<Record<string, aws.apigateway.ApiKey>>,
): pulumi.Output<string> {
  const roles = rolesOf(operators);
  const described = Object.entries(consumers).map(([consumer, { tenant = consumer, clients = [consumer] }]) => {
    const role = roles[consumer];
    const operator = role !== undefined && mayAct(role, "operator");
    const entry: Consumer<pulumi.Input<string>> = {
      key: keys[consumer]?.value ?? "",
      ...{ tenant, operator, clients },
      ...(role && { role }),
    };
    return [consumer, pulumi.jsonStringify(entry)] as const;
  });
  return pulumi.secret(pulumi.jsonStringify(Object.fromEntries(described)));
}
