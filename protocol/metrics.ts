/** The hub's own CloudWatch metrics: the sweeper writes those of dead letters once a minute, a webhook's function the others. */
export const NAMESPACE = "IntegrationHub";
/** The one dimension; its value is the name of the state table, so that two hubs of an account do not mix. */
export const DIMENSION = "Hub";
/** Metric -> its unit. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export const METRICS = {
  UnresolvedDeadLetters: "Count",
  OldestDeadLetterSeconds: "Seconds",
  RedrivenDeadLetters: "Count",
  /** Webhooks of a type that the flow does not list and accepts without an event. */
  WebhooksIgnored: "Count",
  /** Webhooks that were taken for a repetition because their content is equal, under another delivery id. */
  WebhooksEqualToEarlier: "Count",
} as const;
export type Metric = keyof typeof METRICS;
/** What wakes people. */
export const UNRESOLVED = "UnresolvedDeadLetters" satisfies Metric;
