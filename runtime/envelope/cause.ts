import type { Metadata } from "../../model/envelope.ts";
import { firstName } from "../../model/first-name.ts";
import { childIdOf } from "../../protocol/child-request.ts";

/** A received event, its defaults filled in. */
export interface ReceivedEvent {
  readonly name: string;
  readonly metadata: Metadata;
  readonly data: unknown;
}

/** Why a step runs: the event, or the parts of its join, and the request that continues. */
export interface Cause {
  /** Id of the delivery. */
  readonly delivery: string;
  /** In the order of declaration. A step that waits for one event has one part, named `""`. */
  readonly parts: readonly { readonly part: string; readonly event: ReceivedEvent }[];
  readonly request: RequestOfStep;
  /** Highest hop of the parts. */
  readonly hop: number;
  /** Time of the last part, ISO 8601. */
  readonly occurredAt: string;
  /** Of a join: how many events of each name the request contributed that continues. */
  readonly own?: Readonly<Record<string, number>>;
  /** Of a counted join: how many of its events did not come. */
  readonly missing?: number;
  /** The delivery of the same step that this one compensates. */
  readonly compensates?: string;
}

/** A request in this step's flow. */
export interface RequestOfStep {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly graph: string;
  /** The flow's former name if the request started under it: its graph is stored there. */
  readonly startedAs?: string;
  readonly traceparent: string;
  /** Everything is logged about it. */
  readonly debug?: true;
  /** `eventId` of the event that the request contributed. */
  readonly causationId: string;
}

export interface OwnFlow {
  readonly flow: string;
  readonly formerly?: { readonly flow: readonly string[] } | undefined;
  readonly graph: string;
}

/**
 * An event of another flow opens a new request in this flow; the correlation id links the two. Its id holds the flow's first name: after a
 * rename, other steps and a repeated delivery still belong to it.
 */
export function requestOf({ metadata }: ReceivedEvent, ownFlow: OwnFlow): RequestOfStep {
  const renamed = ownFlow.formerly?.flow.includes(metadata.flow) ?? false;
  const same = metadata.flow === ownFlow.flow || renamed;
  return {
    requestId: same ? metadata.requestId : childIdOf(metadata.requestId, firstName(ownFlow.flow, ownFlow.formerly?.flow)),
    correlationId: metadata.correlationId,
    tenant: metadata.tenant,
    graph: same ? metadata.graph : ownFlow.graph,
    traceparent: metadata.traceparent,
    causationId: metadata.eventId,
    ...(metadata.debug && { debug: true }),
    ...(renamed && { startedAs: metadata.flow }),
  };
}

/** @param parts in the order of declaration: the request of the first one continues */
export function causeOf(delivery: string, parts: Cause["parts"], ownFlow: OwnFlow): Cause {
  const [first] = parts;
  if (!first) throw new RangeError("a cause has at least one part");
  const request = requestOf(first.event, ownFlow);
  const own = () => parts.filter(({ event }) => requestOf(event, ownFlow).requestId === request.requestId);
  return {
    delivery,
    parts,
    request,
    ...(first.part !== "" && { own: countNames(own().map(({ event }) => event)) }),
    hop: Math.max(...parts.map(({ event }) => event.metadata.hop)),
    occurredAt: parts.reduce((last, { event: { metadata } }) => (metadata.occurredAt > last ? metadata.occurredAt : last), ""),
  };
}

/** How many events there are of each name. */
export const countNames = (events: readonly { readonly name: string }[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(events, ({ name }) => name)].map(([name, { length }]) => [name, length]));

/** The requests that take part in a delivery, each with the events it contributed. First the one that continues. */
export function requestsOf(
  { request, parts }: Pick<Cause, "request" | "parts">,
  ownFlow: OwnFlow,
): readonly {
  readonly request: RequestOfStep;
  readonly causes: readonly string[];
  /** Only of those that do not continue. */
  readonly parts?: Readonly<Record<string, number>>;
}[] {
  const contributed = parts.map(({ event }) => ({
    request: requestOf(event, ownFlow),
    eventId: event.metadata.eventId,
    name: event.name,
  }));
  const groups = Map.groupBy(contributed, ({ request: { requestId } }) => requestId);
  const others = [...groups].flatMap(([requestId, [first, ...more]]) =>
    first && requestId !== request.requestId
      ? [
          {
            request: first.request,
            causes: [first, ...more].map(({ eventId }) => eventId),
            parts: countNames([first, ...more]),
          },
        ]
      : [],
  );
  return [{ request, causes: contributed.map(({ eventId }) => eventId) }, ...others];
}

export const causesOf = ({ parts }: Cause): readonly string[] => parts.map(({ event }) => event.metadata.eventId);
