import { KIND, type Span } from "./span.ts";
import { eventSpanId, parentIn, traceIdOf } from "./trace-ids.ts";

/** How long a message waited on the bus, or in a queue. */
export interface Wait {
  readonly place: "bus" | "queue";
  readonly requestId: string;
  readonly correlationId: string;
  readonly traceparent: string;
  /** Ids of the events that caused the delivery. */
  readonly causes: readonly string[];
  readonly step: string;
  readonly delivery: string;
  /** When it was sent to the queue, ms since the epoch. */
  readonly sentAt: number;
  readonly start: number;
  readonly end: number;
}

export const waitSpan = ({
  place,
  requestId,
  correlationId,
  traceparent,
  causes,
  step,
  delivery,
  sentAt,
  start,
  end,
}: Wait): Span => ({
  traceId: traceIdOf(requestId),
  spanId: eventSpanId(`${requestId} ${step} ${delivery} ${place} ${sentAt}`),
  parentId: parentIn(requestId, traceparent, causes),
  name: `wait in ${place}`,
  kind: KIND.internal,
  start: Math.min(start, end),
  end,
  attributes: {
    "hub.request_id": requestId,
    "hub.correlation_id": correlationId,
    "hub.step": step,
    "hub.delivery": delivery,
  },
});
