import type { PolicyResource } from "@pulumi/policy";
import { type PolicyStatement, refusesPlain, statementsOf } from "../policy-json.ts";
import { type Props, referred, referring, resourceRule, stackRule } from "../rule.ts";

const QUEUE = "aws:sqs/queue:Queue";
const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const DEPTH = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"];
/** Default retention of SQS, in seconds. */
const DEFAULT_RETENTION = 345_600;
const DEFAULT_VISIBILITY = 30;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_FACTOR = 6;

/** True for a dead-letter queue of another queue, a rule or a function. */
const takesDeadLetters = (queue: PolicyResource, stack: readonly PolicyResource[]) =>
  referring(stack, QUEUE, "redrivePolicy", queue).length > 0 ||
  referring(stack, TARGET, "deadLetterConfig", queue).length > 0 ||
  referring(stack, INVOKE_CONFIG, "destinationConfig", queue).length > 0;

const secondsOf = ({ props }: PolicyResource, input: string, otherwise: number) => Number((props as Props)[input] ?? otherwise);

/** A named role is as narrow as a named source; an account or a pattern is not. */
const ONE_ROLE = /^arn:[^:]+:iam::\d{12}:role\/[^*]+$/;

/** The principals of a statement that lets in everyone, or a service without a source. */
function open({ effect, principals, conditions }: PolicyStatement): string | undefined {
  if (effect !== "Allow") return undefined;
  const source = conditions.find(
    ([operator, key]) => /^(Arn|String)(Equals|Like)$/.test(operator) && /^aws:SourceArn$/i.test(key),
  );
  if (principals.length > 0 && principals.every((principal) => ONE_ROLE.test(principal))) return undefined;
  const everyone = principals.length === 0 || principals.includes("*");
  const wide = source?.[2].some((arn) => /^(\*|arn:\*)/.test(arn)) ?? true;
  return everyone || wide ? principals.join(", ") || "everyone" : undefined;
}

export const sqs = [
  resourceRule({
    name: "sqs-encrypted",
    description: "A queue is encrypted at rest.",
    fact: "The queue does not state that it is encrypted",
    remedy: "Set sqsManagedSseEnabled, or kmsMasterKeyId",
    mirrors: ["AwsSolutions-SQS2"],
    types: [QUEUE],
    broken: ({ sqsManagedSseEnabled, kmsMasterKeyId }) => sqsManagedSseEnabled !== true && kmsMasterKeyId === undefined,
  }),
  stackRule({
    name: "sqs-dead-letters",
    description: "A queue has a dead-letter queue of the same stack, or is one.",
    fact: "The queue has no dead-letter queue",
    remedy: "Set redrivePolicy to a queue of this stack",
    mirrors: ["AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"],
    type: QUEUE,
    broken: (queue, stack) => referred(queue, "redrivePolicy", QUEUE).length === 0 && !takesDeadLetters(queue, stack),
  }),
  stackRule({
    name: "sqs-dead-letters-outlive",
    description: "A dead-letter queue keeps messages longer than its source queues, because SQS counts from the first send.",
    fact: "Messages expire in the dead-letter queue earlier than in the queue",
    remedy: "Give the dead-letter queue a longer messageRetentionSeconds",
    type: QUEUE,
    broken: (queue) =>
      referred(queue, "redrivePolicy", QUEUE).some(
        (dead) =>
          secondsOf(dead, "messageRetentionSeconds", DEFAULT_RETENTION) <=
          secondsOf(queue, "messageRetentionSeconds", DEFAULT_RETENTION),
      ),
  }),
  stackRule({
    name: "sqs-dead-letters-alarm",
    description:
      "An alarm watches the messages of a dead-letter queue, visible and in flight: those that a failing consumer holds are not visible.",
    fact: "No alarm watches the visible and the in-flight messages of the dead-letter queue",
    remedy: `Create a MetricAlarm on ${DEPTH.join(" + ")}`,
    type: QUEUE,
    broken: (queue, stack) =>
      takesDeadLetters(queue, stack) &&
      !referring(stack, ALARM, "metricQueries", queue).some(({ props }) => {
        const watched = JSON.stringify((props as Props).metricQueries);
        return DEPTH.every((metric) => watched.includes(`"${metric}"`));
      }),
  }),
  stackRule({
    name: "sqs-visibility-ratio",
    description: `A queue's visibility timeout is at least ${VISIBILITY_FACTOR} times the timeout of the function that consumes it.`,
    fact: "A message becomes visible while the function may still be processing it",
    remedy: `Set visibilityTimeoutSeconds to ${VISIBILITY_FACTOR} times the function's timeout or more`,
    mirrors: ["LambdaEventSourceSQSVisibilityTimeout"],
    type: MAPPING,
    broken: (mapping) => {
      const [queue] = referred(mapping, "eventSourceArn", QUEUE);
      const [fn] = referred(mapping, "functionName", "aws:lambda/function:Function");
      if (!queue || !fn) return false;
      const hidden = secondsOf(queue, "visibilityTimeoutSeconds", DEFAULT_VISIBILITY);
      const timeout = secondsOf(fn, "timeout", 3);
      return hidden < VISIBILITY_FACTOR * timeout ? `visibility timeout ${hidden} s, function timeout ${timeout} s` : undefined;
    },
  }),
  resourceRule({
    name: "sqs-policy-scoped",
    description: "A queue's policy allows named roles, and services for named sources only (aws:SourceArn).",
    fact: "The queue's policy is too wide",
    remedy: "Add the condition ArnEquals aws:SourceArn",
    types: [QUEUE_POLICY, QUEUE],
    broken: ({ policy }) =>
      statementsOf(policy)
        .map(open)
        .find((principal) => principal !== undefined),
  }),
  stackRule({
    name: "sqs-only-tls",
    description: "A queue's policy denies access without TLS.",
    fact: "The queue can be reached without TLS",
    remedy: 'Add a QueuePolicy that denies "*" all of "sqs:*" on "Bool": { "aws:SecureTransport": "false" }',
    mirrors: ["AwsSolutions-SQS4"],
    type: QUEUE,
    broken: (queue, stack) =>
      !referring(stack, QUEUE_POLICY, "queueUrl", queue).some(({ props }) => refusesPlain((props as Props).policy, "sqs:*")),
  }),
  stackRule({
    name: "sqs-policy-for-rules",
    description: "A queue that a rule sends events or dead letters to has a policy that allows the rule.",
    fact: "The queue's policy does not allow the rule, so EventBridge drops the event silently",
    remedy: "Add a QueuePolicy for the rule's ARN",
    type: TARGET,
    broken: (target, stack) =>
      [...referred(target, "arn", QUEUE), ...referred(target, "deadLetterConfig", QUEUE)].find(
        (queue) => !allowsRules(queue, referred(target, "rule", "aws:cloudwatch/eventRule:EventRule"), stack),
      )?.name,
  }),
];

const allowsRules = (queue: PolicyResource, rules: readonly PolicyResource[], stack: readonly PolicyResource[]) =>
  referring(stack, QUEUE_POLICY, "queueUrl", queue).some((policy) =>
    rules.every((rule) => (policy.propertyDependencies.policy ?? []).some(({ urn }) => urn === rule.urn)),
  );
