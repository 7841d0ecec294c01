import type { OtlpAttribute, OtlpRequest, OtlpSpan } from "./otlp.ts";

/**
 * ExportTraceServiceRequest in protobuf, which X-Ray's daemon takes; the numbers are those of the fields.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export const protobufOf = ({ resourceSpans }: OtlpRequest): Buffer =>
  joined(
    resourceSpans.map(({ resource, scopeSpans }) =>
      message(
        1,
        message(1, ...resource.attributes.map((attribute) => keyValue(1, attribute))),
        ...scopeSpans.map(({ scope, spans }) => message(2, message(1, text(1, scope.name)), ...spans.map(spanOf))),
      ),
    ),
  );

const spanOf = (span: OtlpSpan): Buffer =>
  message(
    2,
    bytes(1, Buffer.from(span.traceId, "hex")),
    bytes(2, Buffer.from(span.spanId, "hex")),
    ...(span.parentSpanId === undefined ? [] : [bytes(4, Buffer.from(span.parentSpanId, "hex"))]),
    text(5, span.name),
    varintField(6, span.kind),
    fixed64(7, span.startTimeUnixNano),
    fixed64(8, span.endTimeUnixNano),
    ...span.attributes.map((attribute) => keyValue(9, attribute)),
    ...span.events.map(({ timeUnixNano, name, attributes }) =>
      message(11, fixed64(1, timeUnixNano), text(2, name), ...attributes.map((attribute) => keyValue(3, attribute))),
    ),
    ...span.links.map(({ traceId, spanId }) =>
      message(13, bytes(1, Buffer.from(traceId, "hex")), bytes(2, Buffer.from(spanId, "hex"))),
    ),
    message(15, ...(span.status.message === undefined ? [] : [text(2, span.status.message)]), varintField(3, span.status.code)),
    fixed32(16, span.flags),
  );

function keyValue(field: number, { key, value }: OtlpAttribute): Buffer {
  const held =
    "stringValue" in value
      ? text(1, value.stringValue)
      : "boolValue" in value
        ? varintField(2, value.boolValue ? 1 : 0)
        : "intValue" in value
          ? varintField(3, BigInt(value.intValue))
          : double(4, value.doubleValue);
  return message(field, text(1, key), message(2, held));
}

/** Wire types. https://protobuf.dev/programming-guides/encoding/#structure */
const [VARINT, I64, LEN, I32] = [0, 1, 2, 5];

const joined = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const tag = (field: number, type: number): Buffer => varint(BigInt((field << 3) | type));
const bytes = (field: number, content: Buffer): Buffer => joined([tag(field, LEN), varint(BigInt(content.length)), content]);
const text = (field: number, content: string): Buffer => bytes(field, Buffer.from(content));
const message = (field: number, ...parts: readonly Buffer[]): Buffer => bytes(field, joined(parts));
const varintField = (field: number, value: number | bigint): Buffer => joined([tag(field, VARINT), varint(BigInt(value))]);

function fixed64(field: number, value: string): Buffer {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(BigInt(value));
  return joined([tag(field, I64), content]);
}

function fixed32(field: number, value: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt32LE(value);
  return joined([tag(field, I32), content]);
}

function double(field: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return joined([tag(field, I64), content]);
}

/** Negative numbers as 64 bits of their two's complement. */
function varint(value: bigint): Buffer {
  const digits: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    digits.push(left > 0n ? low | 0x80 : low);
  } while (left > 0n);
  return Buffer.from(digits);
}
