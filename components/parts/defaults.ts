import { DIRECT_ATTEMPTS } from "../../protocol/limits.ts";

/** Every default of the components in one place; the AWS limits behind them are on the pages named. */
export const DEFAULTS = {
  /** nodejs24.x on Graviton: cheaper than x86 for the same work. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
  runtime: "nodejs24.x",
  architecture: "arm64",
  /** MB */
  memory: 256,
  /** MB of a function that a caller waits for: the authorizer, synchronous endpoints, ingress functions. More memory is more CPU. */
  doorMemory: 512,
  /** Seconds. */
  timeout: 30,
  batchSize: 10,
  /** Of the gateway: what a caller waits at most for a function behind it. Seconds, 29 at most. */
  gatewayTimeout: 29,
  /** Of the authorizer, which every request may have to wait for. Seconds, 30 at most. */
  authorizerTimeout: 10,
  /** A queue hides a message for this many function timeouts. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
  visibilityFactor: 6,
  /** Of a rule's target: the most that EventBridge offers. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
  target: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
  /** Of an asynchronous invocation: the most that Lambda offers, as the delivery is direct. */
  direct: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: DIRECT_ATTEMPTS - 1 },
} as const;
