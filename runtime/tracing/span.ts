import type { Link } from "./trace-ids.ts";

/** By the numbers of OTLP. https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export type AttributeValue = string | number | boolean;
export type SpanAttributes = Readonly<Record<string, AttributeValue>>;

/** What runs a handler. */
export interface Run {
  readonly requestId: string;
  readonly correlationId: string;
  /** That of a trigger is `trigger:<name>`. */
  readonly step: string;
  /** @default none: it answers a call */
  readonly attempt?: number;
}

/** A call of an AWS API; times in ms. */
export interface AwsCall {
  /** Such as `DynamoDB.UpdateItem`. */
  readonly name: string;
  readonly start: number;
  /** 0 until it has ended. */
  end: number;
  /** Name of what was thrown, such as `ConditionalCheckFailedException`. */
  error?: string;
}

export interface SpanEvent {
  readonly name: string;
  /** Ms since the epoch. */
  readonly at: number;
  readonly attributes: SpanAttributes;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string | undefined;
  readonly name: string;
  readonly kind: (typeof KIND)[keyof typeof KIND];
  /** Ms since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: SpanAttributes;
  readonly links?: readonly Link[];
  readonly events?: readonly SpanEvent[];
  /** Why it failed, secrets and personal data masked. @default it did not fail */
  readonly error?: string;
}
