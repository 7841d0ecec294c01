import type * as aws from "@pulumi/aws";
import { hubHandler } from "../../protocol/handlers.ts";
import { graphKey, INDEXES, summaryKey } from "../../protocol/table.ts";
import type { Foundation } from "../core/hub-core.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { queryIndex, tableAccess } from "../parts/statements.ts";

/** Answers what became of a request; it can only read. */
export const createStatus = (name: string, { config, table, code }: Foundation, options: ChildOptions): aws.lambda.Function =>
  lambdaFunction(
    name,
    {
      description: "Request status",
      code,
      handler: hubHandler("status"),
      timeout: DEFAULTS.gatewayTimeout,
      reserved: config.concurrency?.status,
      logRetentionDays: config.logRetentionDays,
      environment: functionEnvironment("status", { table: table.name, logLevel: config.logLevel }),
      statements: [
        tableAccess("Requests", table.arn, ["dynamodb:GetItem", "dynamodb:Query"], [summaryKey.pattern()]),
        tableAccess("Graphs", table.arn, ["dynamodb:GetItem"], [graphKey.pattern()]),
        queryIndex("ByTenant", table.arn, INDEXES.byTenant.name),
        queryIndex("ByCorrelation", table.arn, INDEXES.byCorrelation.name),
      ],
    },
    options,
  ).function;
