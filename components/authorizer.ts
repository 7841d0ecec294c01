import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tokenSettings } from "./config-callers.ts";
import { DEFAULTS } from "./defaults.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { readSecrets, tableAccess } from "./statements.ts";

export interface Authorizer {
  readonly function: aws.lambda.Function;
  /** Holds each consumer's API key; the gateway fills it. */
  readonly keys: aws.secretsmanager.Secret;
}

/** Tells the gateway who calls: one function for all routes. The keys it compares are in a secret of its own, and nowhere else. */
export function createAuthorizer(name: string, { hub, code }: HubFunctionArgs): Authorizer {
  const { consumers, operators, jwt, protect, logRetentionDays, logLevel } = hub.config;
  // Nobody fills it by hand, so it needs no name that people know.
  const keys = new aws.secretsmanager.Secret(
    `${name}-keys`,
    { description: "API keys of the hub's consumers", recoveryWindowInDays: protect ? 30 : 0 },
    { parent: hub, protect },
  );
  const known = Object.entries(consumers).map(([consumer, { tenant = consumer, clients = [consumer] }]) => [
    consumer,
    { tenant, operator: operators.includes(consumer), clients },
  ]);
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
        HUB_SECRETS: pulumi.jsonStringify({ consumers: keys.arn }),
        HUB_CONSUMERS: JSON.stringify(Object.fromEntries(known)),
        ...(jwt && { HUB_JWT: JSON.stringify(tokenSettings(jwt)) }),
        HUB_LOG_LEVEL: logLevel,
      },
      statements: [tableAccess("Routes", hub.table.arn, ["dynamodb:GetItem"], ["route#*"]), readSecrets([keys.arn])],
    },
    { parent: hub },
  );
  return { function: made.function, keys };
}
