import { hubHandler } from "../../protocol/handlers.ts";
import { REPLAY_PREFIX } from "../../protocol/queries.ts";
import {
  auditKey,
  breakerKey,
  cancelledKey,
  deadLetterKey,
  GROUPS,
  holdsKey,
  INDEXES,
  inputKey,
  JOBS,
  pollKey,
  schemasKey,
} from "../../protocol/table.ts";
import { type Foundation, hubWriter } from "../core/hub-core.ts";
import { decideStatements } from "../core/recorder.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { type LambdaFunction, lambdaFunction } from "../parts/lambda-function.ts";
import { queryIndex, tableAccess } from "../parts/statements.ts";

/** Answers operators: dead letters and replays. */
export function createOps(name: string, foundation: Foundation, options: ChildOptions): LambdaFunction {
  const { config, bus, archive, table, code } = foundation;
  return lambdaFunction(
    name,
    {
      description: "Ops API",
      code,
      handler: hubHandler("ops"),
      timeout: DEFAULTS.gatewayTimeout,
      logRetentionDays: config.logRetentionDays,
      environment: functionEnvironment("ops", { ...hubWriter(foundation), busArn: bus.arn, archive: archive.arn }),
      statements: [
        tableAccess("Letter", table.arn, ["dynamodb:GetItem"], [deadLetterKey.pattern()]),
        ...decideStatements(bus.arn, table.arn),
        queryIndex("CountLetters", table.arn, INDEXES.dueDeadLetters.name),
        tableAccess("Holds", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [holdsKey.pk]),
        tableAccess("Polls", table.arn, ["dynamodb:GetItem"], [pollKey.pattern()]),
        // The third party's token is in the same partition, encrypted with a key that only its steps can read.
        tableAccess("Breakers", table.arn, ["dynamodb:GetItem"], [breakerKey.pattern()]),
        tableAccess("Cancelled", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem"], [cancelledKey.pattern()]),
        tableAccess("Groups", table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"], [GROUPS]),
        tableAccess("Jobs", table.arn, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], [JOBS]),
        tableAccess("Inputs", table.arn, ["dynamodb:GetItem"], [inputKey.pattern(), schemasKey.pattern()]),
        // No right to delete: an entry of the audit trail only expires.
        tableAccess("Audit", table.arn, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], [auditKey.pattern()]),
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
}

/** `arn:aws:events:<region>:<account>:archive/…` -> the replays of that account which the hub has named. */
const replaysOf = (archive: string) => `${archive.split(":").slice(0, 5).join(":")}:replay/${REPLAY_PREFIX}*`;
