import { triggerStep } from "../../protocol/first-event.ts";
import { KIND, type Span } from "./span.ts";
import { eventSpanId, type Link } from "./trace-ids.ts";

/** A call that a handler answers; times in ms. */
export interface AnswerFacts {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly tenant: string;
  readonly trigger: string;
  readonly start: number;
  readonly end: number;
  /** What was thrown, secrets and personal data masked. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Not where the handler refused the call. https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
  readonly failed: boolean;
}

/** Lies below the publication of the request's first event, the root of each trace; where nothing is published it is the root itself. */
export const answerSpan = (link: Link, { failure, failed, ...facts }: AnswerFacts): Span => ({
  traceId: link.traceId,
  spanId: link.spanId,
  parentId: failure ? undefined : eventSpanId(facts.requestId),
  name: `answer ${facts.trigger}`,
  kind: KIND.server,
  start: facts.start,
  end: facts.end,
  attributes: {
    "hub.request_id": facts.requestId,
    "hub.correlation_id": facts.correlationId,
    "hub.flow": facts.flow,
    "hub.tenant": facts.tenant,
    "hub.step": triggerStep(facts.trigger),
    ...(failure && { "error.type": failure.code }),
  },
  ...(failure && failed && { error: failure.message }),
});
