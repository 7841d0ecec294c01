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
  readonly events?: readonly { readonly name: string; readonly at: number; readonly attributes: SpanAttributes }[];
  /** Why it failed, secrets and personal data masked. @default it did not fail */
  readonly error?: string;
}
