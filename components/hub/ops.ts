import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { tableAccess } from "../parts/statements.ts";
import type { Foundation } from "./hub-core.ts";
import { decideStatements } from "./recorder.ts";

/** Answers operators: dead letters and replays. */
export const createOps = (
  name: string,
  { config, bus, archive, table, code }: Foundation,
  options: ChildOptions,
): LambdaFunction =>
  lambdaFunction(
    name,
    {
      description: "Ops API",
      code,
      handler: "index.ops",
      timeout: DEFAULTS.gatewayTimeout,
      logRetentionDays: config.logRetentionDays,
      environment: {
        HUB_TABLE: table.name,
        HUB_BUS: bus.name,
        HUB_BUS_ARN: bus.arn,
        HUB_ARCHIVE_ARN: archive.arn,
        HUB_LOG_LEVEL: config.logLevel,
      },
      statements: [
        tableAccess("Letter", table.arn, ["dynamodb:GetItem"], ["dead-letter#*"]),
        ...decideStatements(bus.arn, table.arn, ["StepFailed", "StepGivenUp"]),
        // The hub chooses the names of its replays. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
        {
          sid: "Replays",
          actions: ["events:StartReplay"],
          resources: [archive.arn, bus.arn, archive.arn.apply(replaysOf)],
        },
        { sid: "ReplayStates", actions: ["events:DescribeReplay"], resources: [archive.arn.apply(replaysOf)] },
      ],
    },
    options,
  );

/** `arn:aws:events:<region>:<account>:archive/…` -> the replays of that account which the hub has named. */
const replaysOf = (archive: string) => `${archive.split(":").slice(0, 5).join(":")}:replay/hub-*`;
