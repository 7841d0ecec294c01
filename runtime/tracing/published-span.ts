import type { Envelope, Metadata, StepFailedData, StepSucceededData } from "../../model/envelope.ts";
import { AWS_CALL_MS } from "../../protocol/otlp.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import { type AwsCall, KIND, type Span, type SpanAttributes, type SpanEvent } from "./span.ts";
import { attemptSpanId, eventSpanId, type Link, linkIn, parentIn, traceIdOf } from "./trace-ids.ts";

type Report = StepSucceededData & Partial<StepFailedData>;
export type Published = Envelope & { readonly name: string };

/** When it was published. */
interface Moment {
  /** When the message was taken up, ms since the epoch. */
  readonly beganAt?: number | undefined;
  /** The one under way. */
  readonly attempt?: number | undefined;
  /** AWS calls of the attempt, and the request whose message it takes. */
  readonly aws?: { readonly requestId: string; readonly calls: readonly AwsCall[] };
}

/** @param together what was published at once */
export function publishedSpan({ name, metadata, data }: Published, together: readonly Published[], moment: Moment): Span {
  if (name === HUB_EVENT.StepFailed && (data as Report).outcome === "redriven") return redriveSpan(metadata, data as Report);
  if (name === HUB_EVENT.StepSucceeded || name === HUB_EVENT.StepFailed)
    return attemptSpan(metadata, data as Report, together, moment);
  const by = together.find((other) => other.name === HUB_EVENT.StepSucceeded && other.metadata.requestId === metadata.requestId);
  return eventSpan(name, metadata, by && spanOf(by.metadata.requestId, by.data as Report).spanId);
}

const idsIn = ({ requestId, correlationId, flow, tenant }: Metadata): SpanAttributes => ({
  "hub.request_id": requestId,
  "hub.correlation_id": correlationId,
  "hub.flow": flow,
  "hub.tenant": tenant,
});

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
function eventSpan(name: string, metadata: Metadata, parentId?: string): Span {
  const at = Date.parse(metadata.occurredAt);
  const traceId = traceIdOf(metadata.requestId);
  const foreign = linkIn(metadata.traceparent);
  return {
    traceId,
    spanId: eventSpanId(metadata.eventId),
    parentId,
    name: `publish ${name}`,
    kind: KIND.producer,
    start: at,
    end: at,
    attributes: {
      ...idsIn(metadata),
      "hub.step": metadata.step,
      "messaging.system": "aws.eventbridge",
      "messaging.operation.type": "send",
      "messaging.message.id": metadata.eventId,
    },
    ...(foreign && foreign.traceId !== traceId && { links: [foreign] }),
  };
}

/** The dead letter was sent back: the attempts that follow belong to the same delivery. */
function redriveSpan(metadata: Metadata, report: Report): Span {
  // The ledger counts the redrive itself, so that a later failure outranks it.
  const died = spanOf(metadata.requestId, { ...report, attempts: report.attempts - 1 });
  const at = Date.parse(report.finishedAt);
  return {
    ...died,
    spanId: eventSpanId(metadata.eventId),
    name: `redrive ${report.step}`,
    kind: KIND.producer,
    start: at,
    end: at,
    attributes: { ...idsIn(metadata), "hub.step": report.step, "hub.delivery": report.delivery },
    links: [died],
  };
}

function attemptSpan(metadata: Metadata, report: Report, together: readonly Published[], moment: Moment): Span {
  const { step, delivery, attempts, causes = [], continuedIn, error, outcome, compensates, nextAttemptAt } = report;
  const end = Date.parse(report.finishedAt);
  const started = Date.parse(report.startedAt);
  // Reports say when the first attempt began.
  const began = attempts > 1 && moment.beganAt !== undefined && moment.beganAt <= end ? moment.beganAt : started;
  const waits = error !== undefined && (moment.attempt ?? attempts) > attempts;
  const { requestId } = metadata;
  const parent = linkIn(metadata.traceparent);
  const traceId = traceIdOf(requestId);
  const links: Link[] = [
    ...(parent && parent.traceId !== traceId ? [parent] : []),
    ...(continuedIn === undefined
      ? together
          .filter(({ data }) => (data as Report).delivery === delivery && (data as Report).continuedIn === requestId)
          .map(({ metadata: other }) => spanOf(other.requestId, report))
      : [spanOf(continuedIn, report)]),
  ];
  return {
    traceId,
    spanId: waits
      ? eventSpanId(`${requestId} ${step} ${delivery} waits ${report.finishedAt}`)
      : attemptSpanId(requestId, step, delivery, attempts),
    parentId: parentIn(requestId, metadata.traceparent, causes),
    name: `${waits ? "wait" : compensates === undefined ? "process" : "compensate"} ${step}`,
    kind: KIND.consumer,
    start: Math.min(began, end),
    end,
    attributes: {
      ...idsIn(metadata),
      "hub.step": step,
      "hub.delivery": delivery,
      "hub.attempt": attempts,
      ...(compensates !== undefined && { "hub.compensates": compensates }),
      ...(outcome !== undefined && { "hub.outcome": outcome }),
      ...(nextAttemptAt !== undefined && { "hub.next_attempt_at": nextAttemptAt }),
      ...(error && { "error.type": error.code }),
      "messaging.system": "aws_sqs",
      "messaging.operation.type": "process",
    },
    ...(links.length > 0 && { links }),
    ...(moment.aws?.requestId === requestId && { events: moment.aws.calls.map(awsEvent) }),
    ...(error && { error: error.message }),
  };
}

/** An event, not a span: an attempt makes some ten calls. https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/ */
const awsEvent = ({ name, start, end, error }: AwsCall): SpanEvent => ({
  name,
  at: start,
  attributes: {
    "rpc.system": "aws-api",
    [AWS_CALL_MS]: Math.max(0, end - start),
    ...(error !== undefined && { "error.type": error }),
  },
});

const spanOf = (requestId: string, { step, delivery, attempts }: Report): Link => ({
  traceId: traceIdOf(requestId),
  spanId: attemptSpanId(requestId, step, delivery, attempts),
});
