import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tokenSettings } from "../config/callers.ts";
import type { HubConfig } from "../config/config.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { readSecrets, tableAccess } from "../parts/statements.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";

export interface Authorizer {
  readonly function: aws.lambda.Function;
  /** Tells of each consumer, its API key above all; the gateway fills it. */
  readonly secret: aws.secretsmanager.Secret;
}

/** Tells the gateway who calls: one function for all routes. The keys it compares are in a secret of its own, and nowhere else. */
export function createAuthorizer(name: string, { hub, code }: HubFunctionArgs): Authorizer {
  const { jwt, protect, logRetentionDays, logLevel } = hub.config;
  // Nobody fills it by hand, so it needs no name that people know.
  const secret = new aws.secretsmanager.Secret(
    `${name}-consumers`,
    { description: "The hub's consumers and their API keys", recoveryWindowInDays: protect ? 30 : 0 },
    { parent: hub, protect },
  );
  const made = lambdaFunction(
    name,
    {
      description: "Authorizer of the gateway",
      code,
      handler: "index.authorizer",
      timeout: DEFAULTS.authorizerTimeout,
      logRetentionDays,
      environment: {
        HUB_TABLE: hub.table.name,
        HUB_SECRETS: pulumi.jsonStringify({ consumers: secret.arn }),
        ...(jwt && { HUB_JWT: JSON.stringify(tokenSettings(jwt)) }),
        HUB_LOG_LEVEL: logLevel,
      },
      statements: [tableAccess("Routes", hub.table.arn, ["dynamodb:GetItem"], ["route#*"]), readSecrets([secret.arn])],
    },
    { parent: hub },
  );
  return { function: made.function, secret };
}

/** @returns what the secret holds: consumer -> JSON of what it is. An environment would be too small for many, and shows what it holds. */
export function consumersText(
  { consumers, operators }: HubConfig,
  keys: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<string> {
  const told = Object.entries(consumers).map(([consumer, { tenant = consumer, clients = [consumer] }]) => {
    const operator = operators.includes(consumer);
    return [consumer, pulumi.jsonStringify({ key: keys[consumer] ?? "", tenant, operator, clients })] as const;
  });
  return pulumi.secret(pulumi.jsonStringify(Object.fromEntries(told)));
}
