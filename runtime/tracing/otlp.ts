import type { AttributeValue, Span, SpanAttributes } from "./span.ts";

/** ExportTraceServiceRequest in OTLP's JSON. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
  }[];
}
export interface OtlpAttribute {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly intValue: string }
    | { readonly doubleValue: number }
    | { readonly boolValue: boolean };
}
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly OtlpAttribute[];
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message?: string };
}

const SCOPE = "integration-hub";
const STATUS_ERROR = 2;
const SAMPLED = 1;

/** @param functionName of the function that made the spans */
export function otlpOf(spans: readonly Span[], functionName: string): OtlpRequest {
  const attributes = attributesOf({ "service.name": SCOPE, "faas.name": functionName, "cloud.provider": "aws" });
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: SCOPE }, spans: spans.map(spanOf) }] }] };
}

const spanOf = ({
  traceId,
  spanId,
  parentId,
  name,
  kind,
  start,
  end,
  attributes,
  links = [],
  events = [],
  error,
}: Span): OtlpSpan => ({
  traceId,
  spanId,
  ...(parentId !== undefined && { parentSpanId: parentId }),
  flags: SAMPLED,
  name,
  kind,
  startTimeUnixNano: nanos(start),
  endTimeUnixNano: nanos(end),
  attributes: attributesOf(attributes),
  events: events.map((event) => ({
    timeUnixNano: nanos(event.at),
    name: event.name,
    attributes: attributesOf(event.attributes),
  })),
  links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
  status: error === undefined ? { code: 0 } : { code: STATUS_ERROR, message: error },
});

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

const attributesOf = (attributes: SpanAttributes): readonly OtlpAttribute[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }));

function otlpValue(value: AttributeValue): OtlpAttribute["value"] {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
