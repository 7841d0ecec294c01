import type { Hold } from "./holds.ts";
import type { Objective } from "./slo.ts";

/** Messages of a queue, as SQS counts them: approximately. */
export interface QueueDepth {
  /** May be received. */
  readonly visible: number;
  /** Received, and neither deleted nor visible again: handled now, or waiting for their next attempt. */
  readonly inFlight: number;
  /** Not yet visible for the first time. */
  readonly delayed: number;
}

export interface StepStatus {
  readonly step: string;
  /** Name of its queue. */
  readonly queue: string;
  /** `null` where SQS did not say. */
  readonly depth: QueueDepth | null;
  /** Open dead letters among those that were counted. */
  readonly deadLetters: number;
}
export interface FlowStatus {
  readonly flow: string;
  readonly steps: readonly StepStatus[];
  /** Those of its steps, and of its schedules. */
  readonly deadLetters: number;
  /** `null` where it declares none, and where it was deployed before this was noted. */
  readonly objective: Objective | null;
}

/** State of a circuit breaker. `half-open`: the next call is a probe. */
type BreakerState = "closed" | "open" | "half-open";
export interface ThirdPartyStatus {
  readonly name: string;
  readonly breaker: BreakerState;
  /** Failures in a row. */
  readonly failures: number;
  /** ISO 8601: when the breaker admits the next call; `null` unless it is open. */
  readonly openUntil: string | null;
}

/** Answer of `GET /ops/status`. */
export interface HubStatus {
  /** ISO 8601. */
  readonly at: string;
  /** Name of the state table, which is the dimension `Hub` of its metrics. */
  readonly table: string;
  readonly flows: readonly FlowStatus[];
  readonly thirdParties: readonly ThirdPartyStatus[];
  readonly holds: readonly Hold[];
  readonly deadLetters: {
    readonly open: number;
    /** ISO 8601: when the oldest open one was recorded. */
    readonly oldest: string | null;
    /** The newest so many were counted by flow and step. */
    readonly counted: number;
  };
}

/** Most open dead letters that are counted by flow and step. */
export const MOST_COUNTED = 1_000;
