import type { Cancellation } from "../protocol/cancel.ts";
import type { ExportOf } from "../protocol/run-again.ts";
import type { BusinessKey } from "./business-key.ts";
import type { Sizes } from "./counted.ts";

/** Metadata that every event of the hub carries beside its payload. The bus adds `detail-type` (the event's name) and `source`. */
export interface Metadata {
  /** Stable: a step that runs again for the same cause publishes the same id. */
  readonly eventId: string;
  /** Assigned by the hub; key of state, idempotency and status. */
  readonly requestId: string;
  /** The caller's valid `X-Correlation-ID`, else the request id. Requests may share it. */
  readonly correlationId: string;
  /** `eventId` of the event that caused this one; `""` for a first event. */
  readonly causationId: string;
  readonly tenant: string;
  readonly flow: string;
  /** Version of the flow's graph that the request started with: its sort key in the state table. */
  readonly graph: string;
  /** Step that published the event, or `trigger:<name>`. */
  readonly step: string;
  /** Version of the payload's schema. */
  readonly version: number;
  /**
   * Fingerprint of the schema that the gateway checked the payload against; only in its first events. A payload that does not fit although
   * the fingerprint is that of the step's schema is the caller's fault; any other is the hub's.
   */
  readonly contract?: string;
  /** ISO 8601. `""` when the gateway's template published the event; the bus's `time` applies then. */
  readonly occurredAt: string;
  /** 0 for a first event, else one more than its cause's. An event beyond MAX_HOPS is refused. */
  readonly hop: number;
  /** W3C trace context, or `""`. https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  /** An operator wants to have everything logged about the request: every event of it says so. */
  readonly debug?: true;
  /** The request that this one repeats; only in the first event of a request that an operator ran again. */
  readonly repeats?: string;
  /** The request of another hub that this one repeats, from an export; only in its first event. */
  readonly exportOf?: ExportOf;
}

export interface Envelope<Data = unknown> {
  readonly metadata: Metadata;
  readonly data: Data;
}

/** The event as a rule delivers it to its target. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
export interface BusEvent<Data = unknown> {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: Envelope<Data>;
}

/** Longest chain of events that one first event may cause. It stops flows that trigger themselves. */
export const MAX_HOPS = 50;

/** Events that a report lists by their ids; it counts more than these. 100 take some 8 KB. */
export const LISTED_EVENTS = 100;

/** EventBridge `source` of a flow's events. */
export const sourceOf = (flow: string) => `hub.${flow}`;
export const SOURCE_PREFIX = "hub.";

/**
 * Form of a correlation id that a caller may choose; it appears in headers, logs and keys. The gateway's template holds the same
 * pattern. Any other value is replaced by the request id.
 */
export const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** Report of one delivery of one cause to one step, shared by StepSucceeded and StepFailed. */
export interface StepReport {
  readonly step: string;
  /** Former names of the step. A request may have started under a graph that uses one of them. */
  readonly formerly?: readonly string[];
  /** Id of the delivery: the causing event's id, or the join's. */
  readonly delivery: string;
  /** `eventId`s of the events that caused this delivery. */
  readonly causes: readonly string[];
  /** Of a join: how many events of each name this request contributed. The other causes are events of other requests. */
  readonly parts?: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Id of the delivery of the same step that this one undid. */
  readonly compensates?: string;
  /** Set when this request only contributed a part to a join: the request under which the join's step runs. */
  readonly continuedIn?: string;
}
/** An event that a step published. */
export interface EmittedEvent {
  readonly name: string;
  readonly eventId: string;
  /** All names of each step of the flow that does not get it, because of its filter. @default none */
  readonly leftOut?: readonly string[];
}
export interface LeftOut {
  /** All names of the step. */
  readonly steps: readonly string[];
  /** Name of the events on the bus. */
  readonly event: string;
  readonly count: number;
  readonly sum: number;
}
export interface StepSucceededData extends StepReport {
  /** Published events, so that the ledger expects them before they arrive. */
  readonly emitted: readonly EmittedEvent[];
  /**
   * How many events of each name the step published, instead of `emitted`, where they are more than `LISTED_EVENTS`. Their ids follow
   * from the report: step, causes, name, and the ordinals from 0.
   */
  readonly emittedCounts?: Readonly<Record<string, number>>;
  /** Values of the business keys that the published events declare, each once. */
  readonly keys?: readonly BusinessKey[];
  /** With `emittedCounts`: how many of these events do not reach a step, because of its filter, and the sum of their ids' digests. */
  readonly leftOut?: readonly LeftOut[];
  /** How many events counted joins wait for, by what these events say; of a surplus event, what it said before, below zero. */
  readonly sizes?: Sizes;
  /** Set when the join was already complete, or a filter leaves the event out: the step did not run, so there is nothing to undo. */
  readonly surplus?: true;
  /** Set when its request was cancelled before the step had an effect: it did not run, and `surplus` is set as well. */
  readonly cancelled?: Cancellation;
}
export interface StepFailedData extends StepReport {
  readonly error: { readonly code: string; readonly message: string };
  /**
   * `retry`: the next attempt is at `nextAttemptAt`. `dead-letter`: the message is a dead letter. `redriven`: the dead letter was sent
   * back to its step for another attempt.
   */
  readonly outcome: "retry" | "dead-letter" | "redriven";
  readonly nextAttemptAt?: string;
  /** Set when retrying can't help (TerminalError). A flow that declares compensations then starts to compensate. */
  readonly terminal?: true;
  /** Set when the step gave the delivery up at once: the caller's payload is invalid. There is no dead letter, and the request fails. */
  readonly givenUp?: true;
  /** Set when a call of the delivery may have taken effect: where its request is cancelled, it goes on until that is known. */
  readonly unknownOutcome?: true;
}

/** A delivery that is never tried again: its payload is invalid, an operator discarded its dead letter, or that expired. */
export interface StepGivenUpData {
  readonly step: string;
  /** Former names of the step. */
  readonly formerly?: readonly string[];
  readonly delivery: string;
  readonly error: { readonly code: string; readonly message: string };
  /** ISO 8601. */
  readonly givenUpAt: string;
}
/** The deadline of a join has passed. Published once for each request that contributed a part. */
export interface JoinTimedOutData {
  readonly step: string;
  readonly delivery: string;
  /** `eventId`s of this request's parts, and how many there are of each name. */
  readonly causes: readonly string[];
  readonly parts?: Readonly<Record<string, number>>;
  /** Names of the missing parts; of a counted join also how many of its events, such as `7 of 10 LineBooked`. */
  readonly missing: readonly string[];
  /** Arrival of the first part, ISO 8601. */
  readonly startedAt: string;
  /** The deadline, ISO 8601. */
  readonly timedOutAt: string;
}
/** The ledger asks a step to undo one delivery. */
export interface CompensateStepData {
  readonly step: string;
  /** The delivery to undo. */
  readonly delivery: string;
}
/** Id of the delivery that compensates this one. */
export const compensationOf = (delivery: string) => `compensate:${delivery}`;
