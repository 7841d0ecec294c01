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
/** How a run of a poll ended, other than by an error. */
export type PollEnd =
  /** There was no further page. */
  | "caught up"
  /** The next run goes on. */
  | "out of time"
  /** An operator holds the flow, the poll or one of its third parties. */
  | "held"
  /** The flow is behind, and takes no further requests: see `admission`. */
  | "behind"
  /** A third party asks to be called later. */
  | "put off"
  /** Another run has the lease. */
  | "running";
/** A run of a poll. */
export interface PollRun {
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601; `null` while it runs, and where it died. */
  readonly endedAt: string | null;
  readonly ended: PollEnd | "failed" | null;
  /** That it read. */
  readonly pages: number;
  /** That it published. */
  readonly events: number;
  /** Code of the error that ended it. */
  readonly error: string | null;
}
export interface PollStatus {
  /** Where the next page begins; secrets and personal data are masked. `null` before the first page that moved it. */
  readonly cursor: unknown;
  readonly lastRun: PollRun | null;
}
/** A trigger that starts by time. */
export interface TimerStatus {
  readonly trigger: string;
  readonly kind: "schedule" | "poll";
  /** Such as `rate(5 minutes)`. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly enabled: boolean;
  /** ISO 8601: when it runs by itself. `null`: never again, or by a `rate(…)` of which the table knows no run. */
  readonly nextAt: string | null;
  /** `null` for a schedule. */
  readonly poll: PollStatus | null;
}
export interface FlowStatus {
  readonly flow: string;
  readonly steps: readonly StepStatus[];
  readonly timers: readonly TimerStatus[];
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
