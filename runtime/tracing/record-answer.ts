import { triggerStep } from "../../protocol/first-event.ts";
import { failureOf, isRefusal } from "../errors.ts";
import { redacted } from "../logging/logger.ts";
import type { AnswerFacts } from "./answer-span.ts";
import { currentSpan, enter, record } from "./recorder.ts";
import { attemptSpanId } from "./trace-ids.ts";

interface Call extends Pick<AnswerFacts, "requestId" | "correlationId" | "flow" | "tenant" | "trigger"> {
  /** The gateway's id of the call: a webhook that is sent again is the same request. */
  readonly callId: string;
}

/** Records how a handler answers a call: its own spans and calls of third parties lie below. @param work runs the handler */
export async function recordAnswer<T>({ callId, ...call }: Call, work: () => Promise<T>): Promise<T> {
  const current = currentSpan();
  if (!current) return work();
  const { requestId, correlationId, trigger } = call;
  const step = triggerStep(trigger);
  const own = enter(current, { requestId, correlationId, step }, () => attemptSpanId(requestId, step, callId, 1));
  const start = current.now();
  let failure: AnswerFacts["failure"];
  let failed = false;
  try {
    return await work();
  } catch (error) {
    const { code, message } = failureOf(error);
    // What is secret or personal is known in this scope alone.
    failure = { code, message: redacted(message) };
    failed = !isRefusal(error);
    throw error;
  } finally {
    const end = current.now();
    record(current, {
      requestId,
      failed,
      make({ answerSpan }) {
        return answerSpan(own, { ...call, start, end, failure, failed });
      },
    });
  }
}
