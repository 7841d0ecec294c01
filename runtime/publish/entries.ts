import type { Metadata, StepFailedData, StepSucceededData } from "../../model/envelope.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import { type OwnFlow, type ReceivedEvent, type RequestOfStep, requestOf } from "../envelope/cause.ts";
import type { Environment } from "../environment.ts";
import { eventIdOf, formerNames } from "../ids.ts";
import type { Entry } from "../ports.ts";
import { traceparentOf } from "../tracing/trace-ids.ts";
import { entryWith } from "./envelopes.ts";

/** Publisher, request and causes of an event. */
export interface Origin {
  readonly flow: string;
  readonly step: string;
  readonly request: RequestOfStep;
  /** `eventId`s of the causing events. */
  readonly causes: readonly string[];
  /** Hop of the causing event. */
  readonly hop: number;
}

export interface Made {
  readonly eventId: string;
  readonly entry: Entry;
}

/** An event of a step. A rerun gives it the same id. */
export function entryOf(
  origin: Origin,
  event: {
    readonly name: string;
    readonly version: number;
    readonly ordinal: number;
    readonly data: unknown;
    readonly at: string;
    /** @default the event's own */
    readonly traceparent?: string;
  },
): Made {
  const { flow, step, request, causes, hop } = origin;
  const eventId = eventIdOf({ requestId: request.requestId, step, causes, name: event.name, ordinal: event.ordinal });
  const metadata: Metadata = {
    eventId,
    requestId: request.requestId,
    correlationId: request.correlationId,
    causationId: request.causationId,
    tenant: request.tenant,
    flow: request.startedAs ?? flow,
    graph: request.graph,
    step,
    version: event.version,
    occurredAt: event.at,
    hop: hop + 1,
    traceparent: event.traceparent ?? traceparentOf(request.requestId, eventId),
    ...(request.debug && { debug: true }),
  };
  return { eventId, entry: entryWith(flow, event.name, { metadata, data: event.data }) };
}

export const succeededEntry = (origin: Origin, data: StepSucceededData): Entry =>
  reportOf(origin, { name: HUB_EVENT.StepSucceeded, ordinal: 0, data, at: data.finishedAt });

/** Reports an event that the step does not use: it did not run, and the ledger need not wait for it. */
export function unusedReport(
  ownFlow: OwnFlow & Pick<Environment, "formerly">,
  step: string,
  event: ReceivedEvent,
  more: Partial<Pick<StepSucceededData, "parts" | "continuedIn" | "sizes">> = {},
): Entry {
  const { eventId, occurredAt, hop } = event.metadata;
  return succeededEntry(
    { flow: ownFlow.flow, step, request: requestOf(event, ownFlow), causes: [eventId], hop },
    {
      step,
      ...formerNames(ownFlow),
      delivery: eventId,
      causes: [eventId],
      attempts: 1,
      startedAt: occurredAt,
      finishedAt: occurredAt,
      emitted: [],
      surplus: true,
      ...more,
    },
  );
}

/** The attempt is the ordinal, so that each failure of a delivery is a separate event. */
export const failedEntry = (origin: Origin, data: StepFailedData): Entry =>
  reportOf(origin, { name: HUB_EVENT.StepFailed, ordinal: data.attempts, data, at: data.finishedAt });

/** A report belongs to the span of what caused the delivery: it publishes nothing that another step could wait for. */
const reportOf = (
  origin: Origin,
  report: { readonly name: string; readonly ordinal: number; readonly data: unknown; readonly at: string },
): Entry => entryOf(origin, { ...report, version: 1, traceparent: origin.request.traceparent }).entry;

/** Size of an entry as AWS counts it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const sizeOf = (entry: Entry): number => countedTexts(entry).reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** What EventBridge counts of an entry. */
export const countedTexts = ({ source, detailType, detail }: Entry): readonly string[] => [source, detailType, detail];
