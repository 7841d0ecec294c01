import { stage, stageParts } from "./apigateway.ts";
import { metricAlarm } from "./cloudwatch.ts";
import { table, tableItem } from "./dynamodb.ts";
import { eventArchive, eventBus, eventRule, eventTarget } from "./events.ts";
import { role, rolePolicy } from "./iam.ts";
import { alias, eventInvokeConfig, eventSourceMapping, lambdaFunction, permission } from "./lambda.ts";
import { schedule } from "./scheduler.ts";
import { secret, secretVersion } from "./secrets.ts";
import type { Simulator } from "./simulator.ts";
import { queue, queuePolicy } from "./sqs.ts";
import { webAcl, webAclAssociation } from "./wafv2.ts";

/** Every kind that is simulated, in the order they are made: what others name comes first, what sets things going comes last. */
export const SIMULATORS: readonly Simulator[] = [
  role,
  rolePolicy,
  secret,
  secretVersion,
  table,
  tableItem,
  queue,
  queuePolicy,
  lambdaFunction,
  alias,
  permission,
  eventInvokeConfig,
  eventBus,
  eventArchive,
  eventRule,
  eventTarget,
  ...stageParts,
  stage,
  webAcl,
  webAclAssociation,
  eventSourceMapping,
  schedule,
  metricAlarm,
];
