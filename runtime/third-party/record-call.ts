import { isRetryLater } from "../../model/errors.ts";
import { failureOf } from "../errors.ts";
import { redacted } from "../logging/logger.ts";
import { measure } from "../logging/metric.ts";
import type { CallFacts } from "../tracing/call-span.ts";
import { currentSpan, record } from "../tracing/recorder.ts";
import type { CallContext } from "./context.ts";
import type { Answer } from "./send.ts";

interface Called {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly adapter: { readonly name: string };
  readonly operation: { readonly route: string };
  /** Which of the handler's calls of the operation this is. */
  readonly ordinal: number;
  readonly context: Pick<CallContext, "requestId" | "correlationId" | "step">;
}

/** Of one call with its quick retries; times in ms. */
interface Made extends Pick<CallFacts, "began" | "end" | "tries" | "waitedMs" | "url"> {
  /** The answer, or what was thrown. */
  readonly outcome: Answer | unknown;
}

/** Records a call of a third party below the attempt that made it, or below the handler's span that is active. */
export function recordCall({ name, adapter, operation, ordinal, context }: Called, { outcome, ...made }: Made): void {
  const answered = (outcome as Partial<Answer> | undefined)?.status;
  const status = typeof answered === "number" ? answered : undefined;
  // Without a try the rate limit or the breaker made the message wait.
  if (made.tries > 0 && !isRetryLater(outcome)) {
    const failed = status === undefined || status >= 500;
    measure(
      { thirdParty: adapter.name },
      { CallMilliseconds: made.end - made.began - made.waitedMs, CallErrors: failed ? 1 : 0 },
    );
  }
  if (made.waitedMs > 0) measure({ thirdParty: adapter.name }, { RateLimitMilliseconds: made.waitedMs });
  const current = currentSpan();
  const own = current?.own;
  if (!own) return;
  const thrown = outcome instanceof Error ? failureOf(outcome) : undefined;
  // What is secret or personal is known in this scope alone.
  const failure = thrown && { code: thrown.code, message: redacted(thrown.message) };
  const { requestId, correlationId, step } = context;
  record(current, {
    requestId: own.requestId,
    failed: failure !== undefined || (status !== undefined && status >= 400),
    make: ({ callSpan }) =>
      callSpan(current.active ?? own, {
        ...made,
        name,
        route: operation.route,
        ordinal,
        requestId,
        correlationId,
        step,
        status,
        failure,
      }),
  });
}
