type OtlpValue = {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
};
/** Attribute of the event that an AWS call is within its attempt: how long it took, ms. */
export const AWS_CALL_MS = "hub.duration_ms";

/** A span as OTLP's JSON has it, as far as it is read. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly events?: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes: OtlpSpan["attributes"];
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message?: string };
}
export interface Otlp {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

export const spansIn = ({ resourceSpans }: Otlp): readonly OtlpSpan[] =>
  resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

/** @returns the value as text; `undefined` where the span has no such attribute */
export function attributeOf({ attributes }: Pick<OtlpSpan, "attributes">, name: string): string | undefined {
  const value = attributes.find(({ key }) => key === name)?.value;
  const held = value && Object.values(value)[0];
  return held === undefined ? undefined : String(held);
}

const msOf = (nanos: string) => Number(BigInt(nanos) / 1_000n) / 1_000;
/** Ms since the epoch, with their fractions. */
export const startOf = (span: OtlpSpan): number => msOf(span.startTimeUnixNano);
export const timeOf = ({ timeUnixNano }: { readonly timeUnixNano: string }): number => msOf(timeUnixNano);
export const endOf = (span: OtlpSpan): number => msOf(span.endTimeUnixNano);
