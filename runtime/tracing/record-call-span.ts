import { failureOf } from "../errors.ts";
import { redacted } from "../logging/logger.ts";
import type { CallContext } from "../third-party/context.ts";
import type { CallFacts } from "./call-span.ts";
import { currentSpan, record } from "./recorder.ts";

export interface Called {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: { readonly route: string };
  /** Which of the handler's calls of the operation this is. */
  readonly ordinal: number;
  readonly context: Pick<CallContext, "requestId" | "correlationId" | "step">;
}

/** Of one call with its quick retries; times in ms. */
export interface Made extends Pick<CallFacts, "began" | "end" | "tries" | "waitedMs" | "url"> {
  /** The answer, or what was thrown. */
  readonly outcome: unknown;
}

/** Records a call below the attempt that made it, or below the handler's span that is active. @param status of the answer, where one came */
export function recordCallSpan(
  { name, operation, ordinal, context }: Called,
  { outcome, ...made }: Made,
  status: number | undefined,
): void {
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
    make({ callSpan }) {
      const called = { name, route: operation.route, ordinal, requestId, correlationId, step, status, failure };
      return callSpan(current.active ?? own, { ...made, ...called });
    },
  });
}
