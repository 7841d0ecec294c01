import { hashOf } from "../ids.ts";
import { KIND, type Span } from "./span.ts";
import type { Link } from "./trace-ids.ts";

/** One call of a third party with its quick retries; times in ms. */
export interface CallFacts {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly route: string;
  /** Which of the handler's calls of the operation this is. */
  readonly ordinal: number;
  readonly requestId: string;
  readonly correlationId: string;
  readonly step: string;
  readonly began: number;
  readonly end: number;
  readonly tries: number;
  /** For its turn under a rate limit. */
  readonly waitedMs: number;
  readonly url: string;
  /** Of the answer, where one came. */
  readonly status: number | undefined;
  /** What was thrown, secrets and personal data masked. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** The URL's path and query may hold secrets: only its host is shown. https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function callSpan(by: Link, call: CallFacts): Span {
  const { name, ordinal, began, end, status, failure, route } = call;
  const [method = ""] = route.split(" ");
  return {
    traceId: by.traceId,
    spanId: hashOf([by.spanId, name, ordinal, began]).slice(0, 16),
    parentId: by.spanId,
    name,
    kind: KIND.client,
    start: began,
    end,
    attributes: {
      "hub.request_id": call.requestId,
      "hub.correlation_id": call.correlationId,
      "hub.step": call.step,
      "hub.rate_limit_wait_ms": call.waitedMs,
      "hub.circuit_open": failure?.code === "CIRCUIT_OPEN",
      "http.request.method": method,
      "http.request.resend_count": Math.max(0, call.tries - 1),
      "server.address": new URL(call.url).hostname,
      "url.template": route.slice(method.length + 1),
      ...(status !== undefined && { "http.response.status_code": status }),
      ...(failure && { "error.type": failure.code }),
    },
    ...(failure && { error: failure.message }),
    ...(status !== undefined && status >= 400 && { error: `status ${status}` }),
  };
}
