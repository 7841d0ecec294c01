import { at, type Props, resourceRule } from "../rule.ts";

const RULE = "aws:cloudwatch/eventRule:EventRule";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const SCHEDULE = "aws:scheduler/schedule:Schedule";

/** True when each way through the pattern names where events come from. */
function namesSource(pattern: Props): boolean {
  const ways = pattern.$or;
  return (
    pattern.source !== undefined || (Array.isArray(ways) && ways.length > 0 && ways.every((way) => namesSource(way as Props)))
  );
}

export const events = [
  resourceRule({
    name: "events-target-dead-letters",
    description: "A rule's target has a dead-letter queue.",
    fact: "What the rule can't deliver is lost",
    remedy: "Set deadLetterConfig.arn",
    mirrors: ["Serverless-EventBusDLQ"],
    types: [TARGET],
    broken: (props) => at(props, "deadLetterConfig", "arn") === undefined,
  }),
  resourceRule({
    name: "events-target-retries",
    description: "A rule's target states for how long delivery is tried.",
    fact: "The target does not state its retries",
    remedy: "Set retryPolicy.maximumEventAgeInSeconds and maximumRetryAttempts",
    types: [TARGET],
    broken: (props) =>
      at(props, "retryPolicy", "maximumEventAgeInSeconds") === undefined ||
      at(props, "retryPolicy", "maximumRetryAttempts") === undefined,
  }),
  resourceRule({
    name: "scheduler-target-dead-letters",
    description:
      "A schedule's target has a dead-letter queue, but for one that is never tried again since its next run makes up for it.",
    fact: "A run that the schedule can't start is lost",
    remedy: "Set target.deadLetterConfig.arn",
    types: [SCHEDULE],
    broken: (props) =>
      at(props, "target", "deadLetterConfig", "arn") === undefined &&
      at(props, "target", "retryPolicy", "maximumRetryAttempts") !== 0,
  }),
  resourceRule({
    name: "events-precise-pattern",
    description: "A rule's pattern names the sources it listens to, so that a step can't set itself off by any event.",
    fact: "The rule's pattern takes events from anywhere",
    remedy: "Name the source in eventPattern",
    types: [RULE],
    broken: ({ eventPattern }) => eventPattern !== undefined && !namesSource(JSON.parse(String(eventPattern)) as Props),
  }),
  resourceRule({
    name: "events-archive-expires",
    description: "An archive of events expires, for by default it keeps them for ever.",
    fact: "The archive keeps events for ever",
    remedy: "Set retentionDays",
    types: ["aws:cloudwatch/eventArchive:EventArchive"],
    broken: ({ retentionDays }) => typeof retentionDays !== "number" || retentionDays < 1,
  }),
];
