import type { Failure } from "./api.ts";

/** Part of a time line. Times are ms since the epoch. */
export interface Part {
  readonly start: number;
  readonly end: number;
}
export interface AttemptPart extends Part {
  /** From 1. */
  readonly attempt: number;
  /** AWS calls of its function, in order; at most 50. */
  readonly aws: readonly AwsPart[];
  readonly error?: Failure;
}
/** One call of an AWS API, with its quick retries. */
export interface AwsPart extends Part {
  /** Such as `DynamoDB.UpdateItem`. */
  readonly name: string;
  /** Code of the error that AWS answered. */
  readonly error?: string;
}
/** One call of a third party, with its quick retries. */
export interface CallPart extends Part {
  /** `<third party>.<operation>` */
  readonly name: string;
  readonly method: string;
  /** Host and path as declared, such as `erp.example.com/orders/:orderId`: neither values in the path nor the query, which may be secret. */
  readonly url: string;
  /** HTTP status; `null` where no answer came. */
  readonly status: number | null;
  /** Of its delivery; `null` where it is not known. */
  readonly attempt: number | null;
  /** Times that it was sent; 0 where the breaker or the rate limit kept it. */
  readonly tries: number;
  /** Ms that it waited for its turn under a rate limit. */
  readonly waitedMs: number;
  readonly error?: Failure;
}
/** What the trace has of one delivery of a step, or of an answer to a call (`trigger:<name>`). */
export interface DeliverySpans {
  readonly step: string;
  /** `""` where it is not known. */
  readonly delivery: string;
  /** Before its first attempt: on the bus and in the queue. */
  readonly waits: readonly (Part & { readonly place: "bus" | "queue" })[];
  readonly attempts: readonly AttemptPart[];
  readonly calls: readonly CallPart[];
}
export interface RequestSpans {
  /** Whether spans of the request are kept: traces may be switched off, or these have been replaced by newer ones. */
  readonly kept: boolean;
  readonly deliveries: readonly DeliverySpans[];
  /** Calls that are not listed, since there are too many. */
  readonly moreCalls: number;
}
