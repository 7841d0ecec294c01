import type { OtlpAttribute, OtlpRequest, OtlpSpan } from "./otlp.ts";

/**
 * ExportTraceServiceRequest in protobuf, which X-Ray's daemon takes; the numbers are those of the fields. Written from the end to the
 * beginning, so that the length of what a field holds is known when its head is written.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function protobufOf({ resourceSpans }: OtlpRequest): Buffer {
  at = space.length;
  backwards(resourceSpans, ({ resource, scopeSpans }) =>
    message(1, () => {
      backwards(scopeSpans, ({ scope, spans }) =>
        message(2, () => {
          backwards(spans, (span) => message(2, () => writeSpan(span)));
          message(1, () => text(1, scope.name));
        }),
      );
      message(1, () => keyValues(1, resource.attributes));
    }),
  );
  return Buffer.from(space.subarray(at));
}

function writeSpan(span: OtlpSpan): void {
  fixed32(16, span.flags);
  message(15, () => {
    number(3, span.status.code);
    if (span.status.message !== undefined) text(2, span.status.message);
  });
  backwards(span.links, ({ traceId, spanId }) =>
    message(13, () => {
      hex(2, spanId);
      hex(1, traceId);
    }),
  );
  backwards(span.events, ({ timeUnixNano, name, attributes }) =>
    message(11, () => {
      keyValues(3, attributes);
      text(2, name);
      fixed64(1, timeUnixNano);
    }),
  );
  keyValues(9, span.attributes);
  fixed64(8, span.endTimeUnixNano);
  fixed64(7, span.startTimeUnixNano);
  number(6, span.kind);
  text(5, span.name);
  if (span.parentSpanId !== undefined) hex(4, span.parentSpanId);
  hex(2, span.spanId);
  hex(1, span.traceId);
}

const keyValues = (field: number, attributes: readonly OtlpAttribute[]): void =>
  backwards(attributes, ({ key, value }) =>
    message(field, () => {
      message(2, () => {
        if ("stringValue" in value) text(1, value.stringValue);
        else if ("boolValue" in value) number(2, value.boolValue ? 1 : 0);
        else if ("intValue" in value) integer(3, value.intValue);
        else double(4, value.doubleValue);
      });
      text(1, key);
    }),
  );

/** Wire types. https://protobuf.dev/programming-guides/encoding/#structure */
const [VARINT, I64, LEN, I32] = [0, 1, 2, 5];

/** What is written now: its end, from `at`. */
let space = Buffer.allocUnsafe(64 * 1_024);
let at = space.length;

/** @returns the place of so many bytes in `space`, which may be another one afterwards */
function take(bytes: number): number {
  if (at < bytes) {
    const larger = Buffer.allocUnsafe(2 * space.length + bytes);
    const moved = larger.length - (space.length - at);
    space.copy(larger, moved, at);
    space = larger;
    at = moved;
  }
  at -= bytes;
  return at;
}

function backwards<T>(items: readonly T[], write: (item: T) => void): void {
  for (let i = items.length - 1; i >= 0; i -= 1) write(items[i] as T);
}

/** @param value 0 to 2^53 */
function varint(value: number): void {
  let size = 1;
  for (let left = value; left > 0x7f; left = Math.floor(left / 0x80)) size += 1;
  let place = take(size);
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) {
    space[place] = (left % 0x80) | 0x80;
    place += 1;
  }
  space[place] = left;
}

const tag = (field: number, type: number): void => varint(field * 8 + type);

function message(field: number, write: () => void): void {
  const left = space.length - at;
  write();
  varint(space.length - at - left);
  tag(field, LEN);
}

function text(field: number, content: string): void {
  const size = Buffer.byteLength(content);
  const place = take(size);
  space.write(content, place);
  varint(size);
  tag(field, LEN);
}

function hex(field: number, digits: string): void {
  const size = digits.length / 2;
  const place = take(size);
  space.write(digits, place, "hex");
  varint(size);
  tag(field, LEN);
}

function number(field: number, value: number): void {
  varint(value);
  tag(field, VARINT);
}

/** Negative numbers as 64 bits of their two's complement. */
function integer(field: number, digits: string): void {
  const value = Number(digits);
  if (value >= 0) {
    number(field, value);
    return;
  }
  const bits = BigInt.asUintN(64, BigInt(digits));
  const place = take(10);
  for (let i = 0; i < 10; i += 1) space[place + i] = Number((bits >> BigInt(7 * i)) & 0x7fn) | (i < 9 ? 0x80 : 0);
  tag(field, VARINT);
}

function fixed64(field: number, digits: string): void {
  const place = take(8);
  space.writeBigUInt64LE(BigInt(digits), place);
  tag(field, I64);
}

function fixed32(field: number, value: number): void {
  const place = take(4);
  space.writeUInt32LE(value, place);
  tag(field, I32);
}

function double(field: number, value: number): void {
  const place = take(8);
  space.writeDoubleLE(value, place);
  tag(field, I64);
}
