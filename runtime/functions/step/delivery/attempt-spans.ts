import { causesOf } from "../../../envelope/cause.ts";
import { currentSpan, enter, record } from "../../../tracing/recorder.ts";
import { attemptSpanId } from "../../../tracing/trace-ids.ts";
import type { Wait } from "../../../tracing/wait-span.ts";
import { present, type Run } from "./run.ts";

/**
 * Makes the attempt the parent of the spans that follow, and records how long its message waited: on the bus, until it was sent to the
 * queue, and in the queue. A message that came before has waited for its next attempt, which the times of the attempts show.
 */
export function beginAttempt(run: Run, step: string, attempt: number): void {
  const current = currentSpan();
  if (!current) return;
  const cause = present(run.cause, "cause");
  const { request, delivery, occurredAt } = cause;
  const { requestId, correlationId, traceparent } = request;
  enter(current, { requestId, correlationId, step, attempt }, () => attemptSpanId(requestId, step, delivery, attempt));
  const { message, beganAt } = run.arrival;
  if (!message || message.receives > 1) return;
  const { sentAt } = message;
  const wait = (place: Wait["place"], start: number, end: number) => {
    record(current, {
      requestId,
      make({ waitSpan }) {
        const causes = causesOf(cause);
        return waitSpan({ place, requestId, correlationId, traceparent, causes, step, delivery, sentAt, start, end });
      },
    });
  };
  if (!message.redriven) wait("bus", Date.parse(occurredAt), sentAt);
  wait("queue", sentAt, beganAt);
}
