/** What every event of the hub carries beside its payload. The bus adds `detail-type` (the event's name) and `source`. */
export interface Metadata {
  /** The same whenever the same cause makes a step publish it again. */
  readonly eventId: string;
  /** Made by the hub; key of state, idempotency and status. */
  readonly requestId: string;
  /** The caller's `X-Correlation-ID` where it sent a valid one, else the request id. Many requests may share it. */
  readonly correlationId: string;
  /** `eventId` of the event that caused this one; `""` for a first event. */
  readonly causationId: string;
  readonly tenant: string;
  readonly flow: string;
  /** Version of the flow's graph that the request started with: its content hash. */
  readonly graph: string;
  /** Step that published the event, or `trigger:<name>`. */
  readonly step: string;
  /** Major version of the payload's schema. */
  readonly version: number;
  /** ISO 8601. `""` where the gateway's template published the event: the time is the bus's `time` then. */
  readonly occurredAt: string;
  /** 0 for a first event, one more than its cause's for every other; an event beyond MAX_HOPS is refused. */
  readonly hop: number;
  /** W3C trace context, or `""`. https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
}

export interface Envelope<Data = unknown> {
  readonly metadata: Metadata;
  readonly data: Data;
}

/** The event as a rule hands it to its target. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
export interface BusEvent<Data = unknown> {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: Envelope<Data>;
}

/** Longest chain of events that one first event may cause: a flow that chases its own tail ends here. */
export const MAX_HOPS = 50;

/** EventBridge's `source` of all that a flow publishes. */
export const sourceOf = (flow: string) => `hub.${flow}`;
export const SOURCE_PREFIX = "hub.";

/**
 * A correlation id that a caller may choose: it ends up in headers, logs and keys. The gateway's template holds the same
 * pattern; a value of another form is replaced by the request id.
 */
export const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** What StepSucceeded and StepFailed say about one delivery of one cause to one step. */
export interface StepReport {
  readonly step: string;
  /** Former names of the step: a request may have started under a graph that knows it by one of these. */
  readonly formerly?: readonly string[];
  /** Id of the delivery: the causing event's id, or the join's. */
  readonly delivery: string;
  /** `eventId`s of the events that caused this delivery. */
  readonly causes: readonly string[];
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Set when this delivery undid another one of the same step: that one's id. */
  readonly compensates?: string;
  /** Set when this request only lent a part to a join: the request under which the join's step runs. */
  readonly continuedIn?: string;
}
export interface StepSucceededData extends StepReport {
  /** What the step published, so that the ledger knows what to wait for before it has seen it. */
  readonly emitted: readonly { readonly name: string; readonly eventId: string }[];
  /** Set when the event had no place in its join: nothing ran, so there is nothing to undo. */
  readonly surplus?: true;
}
export interface StepFailedData extends StepReport {
  readonly error: { readonly code: string; readonly message: string };
  /**
   * `retry`: it will be tried again at `nextAttemptAt`. `dead-letter`: it lies in the dead letters. `redriven`: it was sent back
   * from there, and is to be tried again.
   */
  readonly outcome: "retry" | "dead-letter" | "redriven";
  readonly nextAttemptAt?: string;
  /** Set when no other attempt can help (TerminalError): a flow that declares compensations starts to undo what it did. */
  readonly terminal?: true;
}

/** A dead letter that is never sent back: someone discarded it, or the time in which it could be has passed. */
export interface StepGivenUpData {
  readonly step: string;
  readonly delivery: string;
  readonly error: { readonly code: string; readonly message: string };
  /** ISO 8601. */
  readonly givenUpAt: string;
}
/** The deadline of a join has passed; one for each request that a part came from. */
export interface JoinTimedOutData {
  readonly step: string;
  readonly delivery: string;
  /** `eventId`s of this request's parts. */
  readonly causes: readonly string[];
  /** Names of the parts that did not come. */
  readonly missing: readonly string[];
  /** When the first part came, ISO 8601. */
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
/** Id of the delivery that undoes this one. */
export const compensationOf = (delivery: string) => `compensate:${delivery}`;
