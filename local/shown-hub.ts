import type { ShownHub } from "../console/server/hub-port.ts";
import type { Aws } from "../emulator/aws.ts";
import { compilePattern } from "../emulator/events/pattern.ts";
import { ABOUT, type About, DIMENSION, NAMESPACE } from "../protocol/metrics.ts";
import { logsOf } from "./logs-of.ts";
import { type Recording, ResourceIndex } from "./recording.ts";
import { sampleOf } from "./schema-sample.ts";
import { sourcePlace } from "./source-place.ts";

/** @returns the running hub as the console reads it. @param root folder of Pulumi.yaml @param spansOf reads the store of traces */
export function shownHub(
  hub: {
    readonly url: string;
    readonly sandboxUrl: string;
    readonly recording: Recording;
    readonly apiKeys: readonly string[];
    readonly live: readonly string[];
    readonly services: Aws;
  },
  root: string,
  spansOf: ShownHub["spansOf"],
): ShownHub {
  const { tables, bus, queues, alarms, iam, metrics, logs, accessLog, clock } = hub.services;
  return {
    apiUrl: hub.url,
    get sandboxUrl() {
      return hub.sandboxUrl;
    },
    get stack() {
      return hub.recording.stack;
    },
    root,
    sourceOf(flow, step) {
      const file = hub.recording.modules?.[flow];
      return file === undefined ? undefined : sourcePlace(file, flow, step);
    },
    get resources() {
      return hub.recording.resources;
    },
    get operatorKey() {
      const { apiKeys = {}, operators = [] } = hub.recording.outputs as Outputs;
      return apiKeys[operators[0] ?? ""];
    },
    get callerKey() {
      return hub.apiKeys[0];
    },
    get table() {
      return tableOf(hub.recording);
    },
    now: () => clock.now(),
    read: (operation, input) => tables.administer(operation, input),
    eventsAfter: (place, limit) => bus.archivedAfter(place, limit),
    eventAt: (place) => bus.archivedAt(place),
    queue(name) {
      const arn = queues.arnOf(name);
      return arn === undefined ? undefined : queues.statistics(arn);
    },
    messages(name) {
      const arn = queues.arnOf(name);
      return arn === undefined ? [] : queues.peek(arn);
    },
    usedActions: (roleArn, sid) => iam.usedActions(roleArn, sid),
    alarms: () => alarms.states(),
    live: hub.live,
    matches: (pattern, event) => compilePattern(pattern)(event),
    sampleOf,
    measured(metric, about, statistic, period) {
      const given = Object.entries(about).map(([what, name]) => [ABOUT[what as keyof About], name]);
      const dimensions = { [DIMENSION]: this.table, ...Object.fromEntries(given) };
      return metrics.series({ namespace: NAMESPACE, metric, dimensions, statistic, period }, 1)[0];
    },
    spansOf,
    logs: (query) => logsOf([logs.dir, accessLog.dir], query),
    onLog(listener) {
      const stops = [logs, accessLog].map((log) => log.onLine(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    onWrite: (listener) => tables.onWrite(({ table, item, key }) => listener(table, item, key)),
    onEvent: (listener) => bus.onEvent(() => listener()),
  };
}

const tables = new WeakMap<Recording, string>();
/** Asked at each write of an item. @returns name of the state table */
function tableOf(recording: Recording): string {
  const known = tables.get(recording);
  if (known !== undefined) return known;
  const name = String(new ResourceIndex(recording).all("aws:dynamodb/table:Table")[0]?.outputs.name);
  tables.set(recording, name);
  return name;
}

interface Outputs {
  readonly apiKeys?: Readonly<Record<string, string>>;
  readonly operators?: readonly string[];
}
