import * as aws from "@pulumi/aws";
import type { Flow } from "../../model/index.ts";
import { CONSUMERS_SECRET } from "../../protocol/consumers.ts";
import { hubHandler } from "../../protocol/handlers.ts";
import { admissionKey, routeKey } from "../../protocol/table.ts";
import { tokenSettings } from "../config/callers.ts";
import type { Foundation } from "../core/hub-core.ts";
import { warmAuthorizers } from "../flow/warm-functions.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { readSecrets, tableAccess } from "../parts/statements.ts";

export interface Authorizer {
  readonly function: aws.lambda.Function;
  /** Where it is kept warm: provisioned concurrency has no effect on `$LATEST`. */
  readonly alias?: aws.lambda.Alias;
  /** Consumers and their API keys; the gateway fills it. */
  readonly secret: aws.secretsmanager.Secret;
}

/** Authenticates the caller of each route: one function for all. The API keys that it compares are in a secret of its own, and nowhere else. */
export function createAuthorizer(
  name: string,
  { config, table, code, flows }: Foundation & { readonly flows: readonly Flow[] },
  options: ChildOptions,
): Authorizer {
  const { jwt, protect, logRetentionDays, logLevel } = config;
  const warm = warmAuthorizers(flows, config);
  // The program fills it, so it needs no name that people know.
  const secret = new aws.secretsmanager.Secret(
    `${name}-consumers`,
    { description: "The hub's consumers and their API keys", recoveryWindowInDays: protect ? 30 : 0 },
    { ...options, protect },
  );
  const made = lambdaFunction(
    name,
    {
      description: "Authorizer of the gateway",
      code,
      handler: hubHandler("authorizer"),
      timeout: DEFAULTS.authorizerTimeout,
      memory: DEFAULTS.doorMemory,
      publish: warm > 0,
      reserved: config.concurrency?.authorizer,
      logRetentionDays,
      environment: functionEnvironment("authorizer", {
        table: table.name,
        secrets: { [CONSUMERS_SECRET]: secret.arn },
        ...(jwt && { jwt: tokenSettings(jwt) }),
        logLevel,
      }),
      statements: [
        tableAccess("Routes", table.arn, ["dynamodb:GetItem"], [routeKey.pattern()]),
        ...(flows.some(({ admission }) => admission)
          ? [tableAccess("Admission", table.arn, ["dynamodb:GetItem"], [admissionKey.pattern()])]
          : []),
        readSecrets([secret.arn]),
      ],
    },
    options,
  );
  if (warm === 0) return { function: made.function, secret };
  const alias = new aws.lambda.Alias(
    `${name}-live`,
    {
      name: "live",
      description: "What authenticates callers",
      functionName: made.function.name,
      functionVersion: made.function.version,
    },
    options,
  );
  new aws.lambda.ProvisionedConcurrencyConfig(
    `${name}-warm`,
    { functionName: made.function.name, qualifier: alias.name, provisionedConcurrentExecutions: warm },
    options,
  );
  return { function: made.function, alias, secret };
}
