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

/** True for a rule's target that is tried once. */
export const isNeverRetried = (target: Props): boolean => at(target, "retryPolicy", "maximumRetryAttempts") === 0;

export const events = [
  resourceRule({
    name: "events-target-dead-letters",
    description:
      "A rule's target has a dead-letter queue, unless it is never retried because an operator or the next run repeats it.",
    fact: "Events that the rule can't deliver are lost",
    remedy: "Set deadLetterConfig.arn",
    mirrors: ["Serverless-EventBusDLQ"],
    types: [TARGET],
    broken: (props) => at(props, "deadLetterConfig", "arn") === undefined && !isNeverRetried(props),
  }),
  resourceRule({
    name: "events-target-retries",
    description: "A rule's target states its retry policy.",
    fact: "The target does not state its retry policy",
    remedy: "Set retryPolicy.maximumEventAgeInSeconds and maximumRetryAttempts",
    types: [TARGET],
    broken: (props) =>
      at(props, "retryPolicy", "maximumEventAgeInSeconds") === undefined ||
      at(props, "retryPolicy", "maximumRetryAttempts") === undefined,
  }),
  resourceRule({
    name: "scheduler-target-dead-letters",
    description: "A schedule's target has a dead-letter queue, unless it is never retried because the next run replaces it.",
    fact: "A run that can't be started is lost",
    remedy: "Set target.deadLetterConfig.arn",
    types: [SCHEDULE],
    broken: (props) =>
      at(props, "target", "deadLetterConfig", "arn") === undefined &&
      at(props, "target", "retryPolicy", "maximumRetryAttempts") !== 0,
  }),
  resourceRule({
    name: "events-precise-pattern",
    description: "A rule's pattern names its sources, so that a step can't trigger itself by any event.",
    fact: "The rule's pattern matches events of any source",
    remedy: "Name the source in eventPattern",
    types: [RULE],
    broken: ({ eventPattern }) => eventPattern !== undefined && !namesSource(JSON.parse(String(eventPattern)) as Props),
  }),
  resourceRule({
    name: "events-archive-expires",
    description: "An event archive expires; by default it does not.",
    fact: "The archive never expires",
    remedy: "Set retentionDays",
    types: ["aws:cloudwatch/eventArchive:EventArchive"],
    broken: ({ retentionDays }) => typeof retentionDays !== "number" || retentionDays < 1,
  }),
];
