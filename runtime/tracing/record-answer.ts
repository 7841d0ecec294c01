import { triggerStep } from "../../protocol/first-event.ts";
import { failureOf, isRefusal } from "../errors.ts";
import { redacted } from "../logging/logger.ts";
import type { AnswerFacts } from "./answer-span.ts";
import { currentSpan, enter, record } from "./recorder.ts";
import { answerSpanId } from "./trace-ids.ts";

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
  const own = enter(current, { requestId, correlationId, step }, () => answerSpanId(requestId, callId));
  const start = current.now();
  const ended = (failure: AnswerFacts["failure"], refused: boolean) => {
    const end = current.now();
    record(current, {
      requestId,
      failed: failure !== undefined && !refused,
      make: ({ answerSpan }) => answerSpan(own, { ...call, step, start, end, failure, refused }),
    });
  };
  try {
    const result = await work();
    ended(undefined, false);
    return result;
  } catch (error) {
    const { code, message } = failureOf(error);
    // What is secret or personal is known in this scope alone.
    ended({ code, message: redacted(message) }, isRefusal(error));
    throw error;
  }
}
