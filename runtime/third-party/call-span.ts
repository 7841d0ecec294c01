import { failureOf } from "../errors.ts";
import { hashOf } from "../ids.ts";
import { redacted } from "../logging/logger.ts";
import { currentSpan, record } from "../tracing/recorder.ts";
import { KIND } from "../tracing/span.ts";
import type { CallContext } from "./context.ts";
import type { Answer } from "./send.ts";

interface Called {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: { readonly route: string };
  /** Which of the handler's calls of the operation this is. */
  readonly ordinal: number;
  readonly context: Pick<CallContext, "requestId" | "correlationId" | "step">;
}

/** Of one call with its quick retries; times in ms. */
interface Made {
  readonly began: number;
  readonly end: number;
  readonly tries: number;
  /** For its turn under a rate limit. */
  readonly waitedMs: number;
  readonly url: string;
  /** The answer, or what was thrown. */
  readonly outcome: Answer | unknown;
}

/** Records a call of a third party. The URL's path and query may hold secrets: only its host is shown. https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function recordCall({ name, operation, ordinal, context }: Called, { outcome, url, ...made }: Made): void {
  const own = currentSpan()?.own;
  if (!own) return;
  const failure = outcome instanceof Error ? failureOf(outcome) : undefined;
  const status = (outcome as Partial<Answer> | undefined)?.status;
  const [method = ""] = operation.route.split(" ");
  record({
    traceId: own.traceId,
    spanId: hashOf([own.spanId, name, ordinal, made.began]).slice(0, 16),
    parentId: own.spanId,
    name,
    kind: KIND.client,
    start: made.began,
    end: made.end,
    attributes: {
      "hub.request_id": context.requestId,
      "hub.correlation_id": context.correlationId,
      "hub.step": context.step,
      "hub.rate_limit_wait_ms": made.waitedMs,
      "hub.circuit_open": failure?.code === "CIRCUIT_OPEN",
      "http.request.method": method,
      "http.request.resend_count": Math.max(0, made.tries - 1),
      "server.address": new URL(url).hostname,
      "url.template": operation.route.slice(method.length + 1),
      ...(typeof status === "number" && { "http.response.status_code": status }),
      ...(failure && { "error.type": failure.code }),
    },
    ...(failure && { error: redacted(failure.message) }),
    ...(typeof status === "number" && status >= 400 && { error: `status ${status}` }),
  });
}
