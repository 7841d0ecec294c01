import { createRequire } from "node:module";
import { cpuOfEach, type Matching } from "../matcher.ts";

/** The part of the plugin that decides which functions get an event. */
interface Plugin {
  verifyIsSubscribed(subscriber: object, entry: object): boolean;
}

/** The matcher that is downloaded most from npm: the plugin serverless-offline-aws-eventbridge, which tests each rule. */
export function serverlessOfflineEventBridge(): Matching {
  const Plugin = createRequire(import.meta.url)("serverless-offline-aws-eventbridge") as new (...given: object[]) => Plugin;
  const plugin = new Plugin({}, {}, { log: { debug: () => {}, notice: () => {} } });
  let subscribers: readonly object[] = [];
  let entries: readonly string[] = [];
  const matches = (text: string) => {
    const { source, "detail-type": detailType, detail } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const entry = { Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
    return subscribers.flatMap((subscriber, i) => (plugin.verifyIsSubscribed(subscriber, entry) ? [i] : []));
  };
  return {
    load: async (patterns, events) => {
      subscribers = patterns.map((pattern) => ({ event: { pattern: JSON.parse(pattern) } }));
      entries = events;
      return events.map(matches);
    },
    run: (times) => cpuOfEach(times, entries, matches),
  };
}
