/** The hub's own CloudWatch metrics: the sweeper writes those of dead letters once a minute, a webhook's function those of webhooks, and functions that call a third party the others. */
export const NAMESPACE = "IntegrationHub";
/** Dimension of each; its value is the name of the state table, so that two hubs of an account do not mix. */
export const DIMENSION = "Hub";
/** Further dimension of metrics about one third party: its adapter's name. */
export const PARTY_DIMENSION = "ThirdParty";
/** Metric -> its unit. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export const METRICS = {
  UnresolvedDeadLetters: "Count",
  OldestDeadLetterSeconds: "Seconds",
  RedrivenDeadLetters: "Count",
  /** Webhooks of a type that the flow does not list and accepts without an event. */
  WebhooksIgnored: "Count",
  /** Webhooks that were taken for a repetition because their content is equal, under another delivery id. */
  WebhooksEqualToEarlier: "Count",
  /** Answers of a third party that can't be read, or don't match their schema. */
  ContractDrift: "Count",
} as const;
export type Metric = keyof typeof METRICS;
/** What wakes people. */
export const UNRESOLVED = "UnresolvedDeadLetters" satisfies Metric;
/** By third party. */
export const CONTRACT_DRIFT = "ContractDrift" satisfies Metric;
