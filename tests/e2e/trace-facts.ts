import { eventually, type RequestStatus } from "./support.ts";

export interface TracedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number };
}

export const attribute = ({ attributes }: TracedSpan, name: string): unknown =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];

/** Steps and attempts as the ledger has them, and events; an attempt whose process died has no span, a later one of its delivery has. */
const factsOf = ({ steps, events }: RequestStatus) => ({
  steps: steps
    .filter(({ attempts }) => attempts > 0)
    .map(({ step, attempts }) => `${step} ${attempts}`)
    .sort(),
  events: events.map(({ name }) => name).sort(),
});

function factsIn(spans: readonly TracedSpan[]) {
  const attempts = Map.groupBy(
    spans.filter(({ name }) => name.startsWith("process ")),
    (span) => `${attribute(span, "hub.step")} ${attribute(span, "hub.delivery")}`,
  );
  return {
    steps: [...attempts]
      .map(([key, all]) => `${key.split(" ")[0]} ${Math.max(...all.map((span) => Number(attribute(span, "hub.attempt"))))}`)
      .sort(),
    events: spans.flatMap(({ name }) => (name.startsWith("publish ") ? [name.slice("publish ".length)] : [])).sort(),
  };
}

/** Waits until the trace of the request equals what the ledger says: a span is sent when its invocation ends. */
export const tracedAs = (tracesUrl: string, status: RequestStatus): Promise<readonly TracedSpan[]> => {
  let last = "";
  return eventually(
    () => `the trace of ${status.requestId} equals ${JSON.stringify(factsOf(status))}; it is ${last}`,
    async () => {
      const answer = await fetch(`${tracesUrl}/v1/traces?requestId=${encodeURIComponent(status.requestId)}`);
      const { resourceSpans } = (await answer.json()) as {
        resourceSpans: readonly { scopeSpans: readonly { spans: readonly TracedSpan[] }[] }[];
      };
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
      last = JSON.stringify(factsIn(spans));
      return last === JSON.stringify(factsOf(status)) ? spans : undefined;
    },
  );
};
