import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Flow } from "../../model/index.ts";
import type { HubConfig } from "../config/config.ts";
import type { AlarmTopic } from "../parts/alarms.ts";
import type { Transform } from "../parts/customise.ts";
import type { LambdaFunction } from "../parts/lambda-function.ts";
import type { Statement } from "../parts/policy-document.ts";
import { consumedBy, fromRules, onlyTls, rescuedBy } from "../parts/statements.ts";
import type { ThirdPartyAdapter } from "../third-party/third-party-adapter.ts";
import type { FlowEntry } from "./flow-entry.ts";

/** What exists before the hub's own functions do. */
export interface Foundation {
  readonly config: HubConfig;
  readonly bus: Pick<aws.cloudwatch.EventBus, "arn" | "name">;
  readonly archive: aws.cloudwatch.EventArchive;
  /** Keys, indexes and access rights: docs/internals.md, "State table". */
  readonly table: Pick<aws.dynamodb.Table, "arn" | "name">;
  readonly topic: AlarmTopic;
  /** Code of the hub's own functions. */
  readonly code: pulumi.Output<pulumi.asset.Archive>;
}

/** Everything that flows share: plain values, complete before the first flow is created. */
export interface HubCore extends Foundation {
  readonly transform: Transform;
  /** The flows that the hub was given. */
  readonly flows: readonly FlowEntry[];
  /** Moves dead letters into the table. */
  readonly recorder: LambdaFunction;
  /** Functions that may send messages back to the steps' queues. */
  readonly redrivers: Readonly<Record<"ops" | "sweeper", LambdaFunction>>;
  /** Declared name -> secret. */
  readonly secrets: Readonly<Record<string, aws.secretsmanager.Secret>>;
  /** Adapter's name -> third party. */
  readonly thirdParties: Readonly<Record<string, ThirdPartyAdapter>>;
}

/** What each part of one flow is created with. */
export interface FlowContext {
  readonly core: HubCore;
  readonly flow: Flow;
  /** Sort key of the flow's graph in the state table. */
  readonly graphId: pulumi.Output<string>;
  /** Code of the flow's functions. */
  readonly code: pulumi.Output<pulumi.asset.Archive>;
  /** The flow's dead-letter queue, which its steps share. */
  readonly deadLetters: aws.sqs.Queue;
}

/** Statements of a dead-letter queue's policy. @param rules that dead-letter into it */
export const deadLetterStatements = (
  { recorder, redrivers }: Pick<HubCore, "recorder" | "redrivers">,
  queue: pulumi.Output<string>,
  rules: readonly pulumi.Output<string>[],
): readonly Statement[] => [
  // Without it, EventBridge silently drops the events that it can't deliver. A flow of endpoints alone has no rule.
  ...(rules.length > 0 ? [fromRules(queue, rules)] : []),
  consumedBy(queue, recorder.role.arn),
  ...rescuedBy(queue, recorder.role.arn, redrivers.sweeper.role.arn),
  onlyTls("sqs:*", queue),
];

/** Part of the environment of each function of a flow. */
export const flowEnvironment = ({ core, flow, graphId }: FlowContext) => ({
  flow: flow.name,
  graph: graphId,
  ...hubWriter(core),
  logLevel: core.config.logLevels[flow.name] ?? core.config.logLevel,
});

/** Environment of the hub's functions that also publish. */
export const hubWriter = ({ bus, table, config }: Foundation) => ({
  bus: bus.name,
  table: table.name,
  traces: config.traces,
  logLevel: config.logLevel,
});
