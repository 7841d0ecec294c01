import type { Metadata } from "../../model/envelope.ts";

/** An event as a step received it, its blanks filled in. */
export interface ReceivedEvent {
  readonly name: string;
  readonly metadata: Metadata;
  readonly data: unknown;
}

/** Why a step runs: the event, or the parts of its join, and the request that goes on. */
export interface Cause {
  /** Id of the delivery. */
  readonly delivery: string;
  /** In the order of declaration; one, under the name `""`, where the step waits for an event. */
  readonly parts: readonly { readonly part: string; readonly event: ReceivedEvent }[];
  readonly request: RequestOfStep;
  /** Highest hop of the parts. */
  readonly hop: number;
  /** Time of the last part, ISO 8601. */
  readonly occurredAt: string;
  /** The delivery of the same step that this one undoes. */
  readonly compensates?: string;
}

/** A request as this step's flow knows it. */
export interface RequestOfStep {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly graph: string;
  /** The flow's former name, where the request started under that: its graph is stored there. */
  readonly startedAs?: string;
  readonly traceparent: string;
  /** `eventId` of the event that its part of the delivery came from. */
  readonly causationId: string;
}

interface Own {
  readonly flow: string;
  readonly formerly?: { readonly flow: readonly string[] } | undefined;
  readonly graph: string;
}

/** An event of another flow opens a request of this flow's own; the correlation id links the two. */
export function requestOf({ metadata }: ReceivedEvent, own: Own): RequestOfStep {
  const renamed = own.formerly?.flow.includes(metadata.flow) ?? false;
  const same = metadata.flow === own.flow || renamed;
  return {
    requestId: same ? metadata.requestId : `${metadata.requestId}.${own.flow}`,
    correlationId: metadata.correlationId,
    tenant: metadata.tenant,
    graph: same ? metadata.graph : own.graph,
    traceparent: metadata.traceparent,
    causationId: metadata.eventId,
    ...(renamed && { startedAs: metadata.flow }),
  };
}

/** @param parts in the order of declaration: the request of the first one goes on. */
export function causeOf(delivery: string, parts: Cause["parts"], own: Own): Cause {
  const [first] = parts;
  if (!first) throw new RangeError("a cause has at least one part");
  const times = parts.map(({ event }) => event.metadata.occurredAt).sort();
  return {
    delivery,
    parts,
    request: requestOf(first.event, own),
    hop: Math.max(...parts.map(({ event }) => event.metadata.hop)),
    occurredAt: times.at(-1) ?? "",
  };
}

/** The requests that take part in a delivery, the one that goes on first, each with the events that came from it. */
export function requestsOf(
  { request, parts }: Pick<Cause, "request" | "parts">,
  own: Own,
): readonly { readonly request: RequestOfStep; readonly causes: readonly string[] }[] {
  const lent = parts.map(({ event }) => ({ request: requestOf(event, own), eventId: event.metadata.eventId }));
  const groups = Map.groupBy(lent, ({ request: { requestId } }) => requestId);
  const others = [...groups].flatMap(([requestId, [one, ...more]]) =>
    one && requestId !== request.requestId
      ? [{ request: one.request, causes: [one, ...more].map(({ eventId }) => eventId) }]
      : [],
  );
  return [{ request, causes: lent.map(({ eventId }) => eventId) }, ...others];
}

export const causesOf = ({ parts }: Cause): readonly string[] => parts.map(({ event }) => event.metadata.eventId);
