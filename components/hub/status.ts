import type * as aws from "@pulumi/aws";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { queryIndex, tableAccess } from "../parts/statements.ts";
import type { Foundation } from "./hub-core.ts";

/** Answers what became of a request; it can only read. */
export const createStatus = (name: string, { config, table, code }: Foundation, options: ChildOptions): aws.lambda.Function =>
  lambdaFunction(
    name,
    {
      description: "Request status",
      code,
      handler: "index.status",
      timeout: DEFAULTS.gatewayTimeout,
      logRetentionDays: config.logRetentionDays,
      environment: { HUB_TABLE: table.name, HUB_LOG_LEVEL: config.logLevel },
      statements: [
        tableAccess("Requests", table.arn, ["dynamodb:GetItem", "dynamodb:Query"], ["request#*"]),
        queryIndex("ByTenant", table.arn, "byTenant"),
        queryIndex("ByCorrelation", table.arn, "byCorrelation"),
      ],
    },
    options,
  ).function;
