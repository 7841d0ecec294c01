/** The hub's own CloudWatch metrics, which the sweeper writes once a minute and an alarm and the dashboard read. */
export const NAMESPACE = "IntegrationHub";
/** The one dimension; its value is the name of the state table, so that two hubs of an account do not mix. */
export const DIMENSION = "Hub";
/** Metric -> its unit. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export const METRICS = {
  UnresolvedDeadLetters: "Count",
  OldestDeadLetterSeconds: "Seconds",
  RedrivenDeadLetters: "Count",
} as const;
export type Metric = keyof typeof METRICS;
/** What wakes people. */
export const UNRESOLVED = "UnresolvedDeadLetters" satisfies Metric;
