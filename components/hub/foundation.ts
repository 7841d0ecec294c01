import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { hubCode } from "../bundler/code.ts";
import type { HubConfig } from "../config/config.ts";
import type { Foundation } from "../core/hub-core.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { alarmTopic } from "./alarm-topic.ts";
import type { Existing } from "./existing.ts";
import { existingTable, stateTable } from "./state-table.ts";

interface FoundationArgs {
  readonly config: HubConfig;
  readonly existing: Existing;
}

/** What the hub's own functions need: bus and archive, state table, alarm topic, code. */
export function createFoundation(name: string, { config, existing }: FoundationArgs, options: ChildOptions): Foundation {
  const bus = existing.busName === undefined ? eventBus(name, options) : existingBus(existing.busName, options);
  return {
    config,
    bus,
    table:
      existing.tableName === undefined
        ? stateTable(`${name}-state`, config, options)
        : existingTable(existing.tableName, options),
    archive: new aws.cloudwatch.EventArchive(
      `${name}-archive`,
      { eventSourceArn: bus.arn, retentionDays: config.archiveDays, description: "For replays" },
      options,
    ),
    topic: alarmTopic(`${name}-alarms`, { targets: config.alarmTargets, existingArn: existing.alarmTopicArn }, options),
    code: pulumi.output<pulumi.asset.Archive>(hubCode()),
  };
}

// The classic bus: the newer Custom Event Bus has no Pulumi resource yet.
const eventBus = (name: string, options: ChildOptions) =>
  new aws.cloudwatch.EventBus(`${name}-bus`, { description: "Events of the integration hub" }, options);

function existingBus(name: pulumi.Input<string>, options: ChildOptions): Foundation["bus"] {
  const found = aws.cloudwatch.getEventBusOutput({ name }, { parent: options.parent });
  return { name: found.name, arn: found.arn };
}
