import type * as api from "@opentelemetry/api";
import type { AttributeValue, Run, Span, SpanAttributes } from "./span.ts";
import type { Link } from "./trace-ids.ts";

/** What is known of a span that a handler began; changed until it ends. Times in ms. */
export interface HandlerSpanFacts {
  readonly link: Link;
  readonly parentId: string;
  /** Name of the tracer. */
  readonly scope: string;
  readonly now: () => number;
  readonly links: { readonly context: Link }[];
  /** OTLP's number less one. https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/trace/span_kind.ts */
  readonly kind: number;
  readonly start: number;
  readonly attributes: api.Attributes;
  readonly events: { readonly name: string; readonly at: number; readonly attributes: api.Attributes }[];
  name: string;
  end: number;
  error: string | undefined;
}

/** Longer texts are cut: a span has to fit into a datagram. */
const LONGEST_TEXT = 1_024;
/** https://opentelemetry.io/docs/specs/otel/common/#attribute-limits */
const MOST_ATTRIBUTES = 128;

export const handlerSpan = (run: Run, facts: HandlerSpanFacts): Span => ({
  ...facts.link,
  parentId: facts.parentId,
  name: cut(facts.name),
  kind: (facts.kind + 1) as Span["kind"],
  start: facts.start,
  end: Math.max(facts.start, facts.end),
  attributes: {
    ...plain(facts.attributes),
    "otel.scope.name": facts.scope,
    "hub.request_id": run.requestId,
    "hub.correlation_id": run.correlationId,
    "hub.step": run.step,
  },
  ...(facts.links.length > 0 && { links: facts.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })) }),
  ...(facts.events.length > 0 && {
    events: facts.events.map(({ name, at, attributes }) => ({ name: cut(name), at, attributes: plain(attributes) })),
  }),
  ...(facts.error !== undefined && { error: cut(facts.error) }),
});

const cut = (text: string) => text.slice(0, LONGEST_TEXT);

/** Lists become JSON. */
const plain = (attributes: api.Attributes): SpanAttributes =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined && value !== null)
      .slice(0, MOST_ATTRIBUTES)
      .map(([key, value]): [string, AttributeValue] => [
        key,
        typeof value === "number" || typeof value === "boolean"
          ? value
          : cut(typeof value === "string" ? value : JSON.stringify(value)),
      ]),
  );
