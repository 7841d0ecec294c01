import { causesOf } from "../../../envelope/cause.ts";
import { currentSpan, enterAttempt, record } from "../../../tracing/recorder.ts";
import { KIND } from "../../../tracing/span.ts";
import { attemptSpanId, eventSpanId, parentIn, traceIdOf } from "../../../tracing/trace-ids.ts";
import { present, type Run } from "./run.ts";

/**
 * Makes the attempt the parent of the spans that follow, and records how long its message waited: on the bus, until it was sent to the
 * queue, and in the queue. A message that came before has waited for its next attempt, which the times of the attempts show.
 */
export function beginAttempt(run: Run, step: string, attempt: number): void {
  if (!currentSpan()) return;
  const cause = present(run.cause, "cause");
  const { request, delivery, occurredAt } = cause;
  const { requestId, correlationId } = request;
  const traceId = traceIdOf(requestId);
  enterAttempt({ traceId, spanId: attemptSpanId(requestId, step, delivery, attempt), attempt });
  const { message, beganAt } = run.arrival;
  if (!message || message.receives > 1) return;
  const parentId = parentIn(requestId, request.traceparent, causesOf(cause));
  const wait = (place: string, start: number, end: number) =>
    record({
      traceId,
      spanId: eventSpanId(`${requestId} ${step} ${delivery} ${place} ${message.sentAt}`),
      parentId,
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
  if (!message.redriven) wait("bus", Date.parse(occurredAt), message.sentAt);
  wait("queue", message.sentAt, beganAt);
}
