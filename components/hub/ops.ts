import type * as aws from "@pulumi/aws";
import { DEFAULTS } from "../parts/defaults.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { tableAccess } from "../parts/statements.ts";
import type { HubFunctionArgs } from "./hub-functions.ts";
import { decideStatements } from "./recorder.ts";

interface OpsArgs extends HubFunctionArgs {
  readonly archive: aws.cloudwatch.EventArchive;
}

/** Answers operators: dead letters and replays. */
export const createOps = (name: string, { hub, code, archive }: OpsArgs): LambdaFunction =>
  lambdaFunction(
    name,
    {
      description: "Ops API",
      code,
      handler: "index.ops",
      timeout: DEFAULTS.gatewayTimeout,
      logRetentionDays: hub.config.logRetentionDays,
      environment: {
        HUB_TABLE: hub.table.name,
        HUB_BUS: hub.bus.name,
        HUB_BUS_ARN: hub.bus.arn,
        HUB_ARCHIVE_ARN: archive.arn,
        HUB_LOG_LEVEL: hub.config.logLevel,
      },
      statements: [
        tableAccess("Letter", hub.table.arn, ["dynamodb:GetItem"], ["dead-letter#*"]),
        ...decideStatements(hub.bus.arn, hub.table.arn, ["StepFailed", "StepGivenUp"]),
        // Replays are named by who starts them. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
        {
          sid: "Replays",
          actions: ["events:StartReplay"],
          resources: [archive.arn, hub.bus.arn, archive.arn.apply(replaysOf)],
        },
        { sid: "ReplayStates", actions: ["events:DescribeReplay"], resources: [archive.arn.apply(replaysOf)] },
      ],
    },
    { parent: hub },
  );

/** `arn:aws:events:<region>:<account>:archive/…` -> its account's replays that the hub has named. */
const replaysOf = (archive: string) => `${archive.split(":").slice(0, 5).join(":")}:replay/hub-*`;
