/** The hub's own CloudWatch metrics, which its functions log. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html */
export const NAMESPACE = "IntegrationHub";
/** Dimension of each; its value is the name of the state table, so that two hubs of an account do not mix. */
export const DIMENSION = "Hub";
/** Further dimension of metrics about one flow, or about one third party: its name. */
export const ABOUT = { flow: "Flow", thirdParty: "ThirdParty" } as const;
/** What a metric with a further dimension is about. */
export type About = { readonly [one in keyof typeof ABOUT]?: string };

/** Metric -> its unit. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export const METRICS = {
  /** Open dead letters: the sweeper counts them each minute, so a missing value says that it does not run. */
  UnresolvedDeadLetters: "Count",
  OldestDeadLetterSeconds: "Seconds",
  RedrivenDeadLetters: "Count",
  /** Open dead letters while the oldest is older than a day, at one hour of the day only: an alarm notifies when its state changes. */
  LeftDeadLetters: "Count",
  /** By flow: failures that were recorded as dead letters. */
  RecordedDeadLetters: "Count",
  /** By flow: the longest wait of a message that a step received, beyond the deadline of a join; from `REPORTED_WAIT_SECONDS` on. */
  OldestWaitSeconds: "Seconds",
  /** By third party: its circuit breaker has opened, or a probe has failed while it is open. */
  BreakerOpen: "Count",
  /** Webhooks of a type that the flow does not list and accepts without an event. */
  WebhooksIgnored: "Count",
  /** Webhooks that were taken for a repetition because their content is equal, under another delivery id. */
  WebhooksEqualToEarlier: "Count",
  /** Answers that were held back for longer than `SLOW_ANSWER_MS` because the caller preferred to wait. */
  AnswersHeldBack: "Count",
  /** By flow, as the ledger decides: requests that began, and that ended. */
  RequestsAccepted: "Count",
  RequestsCompleted: "Count",
  RequestsFailed: "Count",
  /** Those that failed and were undone. */
  RequestsCompensated: "Count",
  /** By flow that declares an objective (`slo`): requests that completed in time, and those of which it is clear that they did not. */
  RequestsInTime: "Count",
  RequestsLate: "Count",
  /** By flow: from the first event of a request to its end, whatever that is. */
  RequestMilliseconds: "Milliseconds",
  /** By flow: attempts of steps and compensations, those among them that failed, and how long each took. */
  StepAttempts: "Count",
  StepFailures: "Count",
  StepMilliseconds: "Milliseconds",
  /** By flow: from a message's entry into the queue of its step to its first receipt. */
  QueueMilliseconds: "Milliseconds",
  /** By flow; of the hub's own functions without a further dimension. */
  ColdStarts: "Count",
  /** By third party: calls with their quick retries, without waits for the rate limit; those that failed or were answered 5XX. */
  CallMilliseconds: "Milliseconds",
  CallErrors: "Count",
  /** By third party: waits for the rate limit within a call. */
  RateLimitMilliseconds: "Milliseconds",
  /** By third party: answers that can't be read, or don't match their schema. */
  ContractDrift: "Count",
} as const;
export type Metric = keyof typeof METRICS;
/** The name of each. */
export const METRIC = Object.fromEntries(Object.keys(METRICS).map((name) => [name, name])) as {
  readonly [name in Metric]: name;
};

/** An answer of the API that takes longer is slow, unless its caller preferred to wait. */
export const SLOW_ANSWER_MS = 3_000;
/** Shorter waits write no line: a step that keeps up takes its messages within milliseconds. */
export const REPORTED_WAIT_SECONDS = 60;
/** The reminder of open dead letters comes in this hour of the day, UTC, for those older than `REMINDED_AFTER_SECONDS`. */
export const REMINDER_HOUR = 7;
export const REMINDED_AFTER_SECONDS = 86_400;
