import { hashOf } from "../ids.ts";

/**
 * Ids of traces and spans are functions of the hub's own ids: what is delivered, redriven or replayed again has the same ones, no field
 * has to carry them, and no caller chooses them (docs/decisions/043-traces.md).
 */

/** Those of the requests at hand: log lines, events and sampling ask for the same one. */
const known = new Map<string, string>();
const MOST_KNOWN = 100;

/** 32 hex digits. https://www.w3.org/TR/trace-context/#trace-id */
export function traceIdOf(requestId: string): string {
  const before = known.get(requestId);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const traceId = hashOf(["trace", requestId]);
  known.set(requestId, traceId);
  return traceId;
}

/** Span of an event's publication, 16 hex digits. The id of an event that a step publishes is a hash already. */
export const eventSpanId = (eventId: string): string =>
  (/^[0-9a-f]{32}$/.test(eventId) ? eventId : hashOf(["event", eventId])).slice(0, 16);

/** Span of one attempt of a delivery; of an answer to a call, whose delivery is the call. */
export const attemptSpanId = (requestId: string, step: string, delivery: string, attempt: number): string =>
  hashOf(["attempt", requestId, step, delivery, attempt]).slice(0, 16);

/** `traceparent` of an event. https://www.w3.org/TR/trace-context/#traceparent-header */
export const traceparentOf = (requestId: string, eventId: string): string =>
  `00-${traceIdOf(requestId)}-${eventSpanId(eventId)}-01`;

/** A span of another trace. */
export interface Link {
  readonly traceId: string;
  readonly spanId: string;
}

/** @returns `undefined` for a text that is no traceparent */
export function linkIn(traceparent: string): Link | undefined {
  const [, traceId, spanId] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(traceparent) ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

/**
 * @param traceparent of the event that caused the delivery
 * @param causes its ids: the first event of a request has the request's id, and the gateway's knows only the trace of X-Ray
 * @returns the span that published it, where that is in the request's own trace
 */
export function parentIn(requestId: string, traceparent: string, causes: readonly string[]): string | undefined {
  const parent = linkIn(traceparent);
  if (parent?.traceId === traceIdOf(requestId)) return parent.spanId;
  return causes.includes(requestId) ? eventSpanId(requestId) : undefined;
}

/**
 * @param header of X-Ray, such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`; its id of a trace
 *   without its marks is the one that OpenTelemetry has. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function xrayLink(header: string | undefined): Link | undefined {
  if (header === undefined) return undefined;
  const [, time, unique] = /Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(header) ?? [];
  const spanId = /Parent=([0-9a-f]{16})/.exec(header)?.[1];
  return time === undefined ? undefined : { traceId: `${time}${unique}`, spanId: spanId ?? String(unique).slice(8) };
}
