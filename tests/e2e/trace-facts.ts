import { HUB_EVENTS } from "../../protocol/reports.ts";
import { type Client, eventually, type RequestStatus } from "./client.ts";

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

/** Steps and attempts as the ledger has them, and events; an attempt whose process died has no span, a later one of its delivery has. A delivery to a cancelled request has none. */
const factsOf = ({ steps, events }: RequestStatus) => ({
  steps: steps
    .filter(({ attempts }) => attempts > 0)
    .map(({ step, attempts }) => `${step} ${attempts}`)
    .sort(),
  undone: steps.flatMap(({ step, compensation }) => (compensation?.attempts ? [`${step} ${compensation.attempts}`] : [])).sort(),
  events: events.map(({ name }) => name).sort(),
});

function factsIn(spans: readonly TracedSpan[]) {
  const attempts = (kind: "process" | "compensate") => {
    const deliveries = Map.groupBy(
      spans.filter(({ name }) => name.startsWith(`${kind} `)),
      (span) => `${attribute(span, "hub.step")} ${attribute(span, "hub.delivery")}`,
    );
    return [...deliveries]
      .map(([key, all]) => ({
        step: key.split(" ")[0],
        attempts: Math.max(...all.map((span) => Number(attribute(span, "hub.attempt")))),
      }))
      .filter(({ attempts }) => attempts > 0)
      .map(({ step, attempts }) => `${step} ${attempts}`)
      .sort();
  };
  return {
    steps: attempts("process"),
    undone: attempts("compensate"),
    events: spans
      .flatMap(({ name }) => (name.startsWith("publish ") ? [name.slice("publish ".length)] : []))
      .filter((name) => !(HUB_EVENTS as readonly string[]).includes(name))
      .sort(),
  };
}

/** Waits until the trace of the request equals what the ledger says: a span is sent when its invocation ends. */
export const tracedAs = (tracesUrl: string, status: RequestStatus, withinMs?: number): Promise<readonly TracedSpan[]> => {
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
    withinMs,
  );
};

/** Waits until the request has this status and its trace equals what the ledger says. */
export async function reachesTraced(
  { client, hub }: { readonly client: Client; readonly hub: { readonly tracesUrl: string } },
  requestId: string,
  status: string,
  withinMs?: number,
): Promise<RequestStatus> {
  const found = await client.reaches(requestId, status, withinMs);
  await tracedAs(hub.tracesUrl, found);
  return found;
}
