import { type CompensateStepData, compensationOf, sourceOf } from "../../../model/envelope.ts";
import {
  type DeadLetterRequest,
  type FlowTargets,
  MOVED_FROM,
  type OpenCalls,
  readAttributes,
  type StepTarget,
} from "../../../protocol/dead-letter.ts";
import { triggerStep } from "../../../protocol/first-event.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import { type OwnFlow, type ReceivedEvent, requestOf } from "../../envelope/cause.ts";
import { parseJson, readEvent } from "../../envelope/read-event.ts";
import type { SqsRecord } from "../../lambda.ts";
import type { DeadLetterCause, Shape } from "./dead-letter.ts";
import { stepNamed } from "./targets.ts";

/** Content of a message of a dead-letter queue. */
export interface ReadMessage {
  readonly shape: Shape;
  /** `""` where it is unknown. */
  readonly step: string;
  /** Body to send to the step's queue at a redrive. */
  readonly body: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attempts: number;
  readonly cause: DeadLetterCause | null;
  /** Calls that may have taken effect. */
  readonly calls?: OpenCalls;
}

interface Found {
  readonly shape: Shape;
  readonly step: string;
  readonly body: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attempts: number;
  /** The delivery's id if the message contains it. */
  readonly delivery: string | undefined;
  /** The delivery's requests if the message contains them. */
  readonly requests?: readonly DeadLetterRequest[];
  readonly calls?: OpenCalls;
}

/**
 * Reads every shape of message that a dead-letter queue may hold: the runtime's own, SQS's redrive policy, a rule's target, a schedule's,
 * Lambda's on-failure record.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export function readMessage(record: SqsRecord, targets: FlowTargets): ReadMessage {
  const found =
    fromRuntime(record) ??
    fromSchedule(record, targets) ??
    fromTarget(record, targets) ??
    fromInvocation(record, targets) ??
    fromBackstop(record, targets);
  const { delivery, requests, ...rest } = found;
  const event = readEvent(parseJson(found.body));
  const { flow, graph, formerly: former = [] } = targets;
  const said = attributesOf(record)?.flow;
  // A deployment renames the flow while the table still has its old names: the step knew better.
  const ownFlow =
    said && !isNameOf(targets, said)
      ? { flow: said, graph, formerly: { flow: [...former, flow] } }
      : { flow, graph, formerly: { flow: former } };
  const { step } = stepNamed(targets, found.step) ?? { step: found.step };
  return {
    ...rest,
    step,
    cause: typeof event === "string" ? null : causeOf(event, ownFlow, delivery, requests),
  };
}

const isNameOf = ({ flow, formerly = [] }: FlowTargets, name: string) => flow === name || formerly.includes(name);

/** Whether the names that the runtime gave the message are in the targets; else a deployment has changed them since they were read. */
export function bearsKnownNames(record: SqsRecord, targets: FlowTargets): boolean {
  const said = attributesOf(record);
  return (
    said === undefined ||
    ((said.flow === "" || isNameOf(targets, said.flow)) && (said.step === "" || stepNamed(targets, said.step) !== undefined))
  );
}

/** ARN of the queue that SQS moved the message from, also before it was sent to the dead-letter queue again. */
const movedFrom = (record: SqsRecord) => record.attributes.DeadLetterQueueSourceArn ?? textOf(record, MOVED_FROM);

const textOf = ({ messageAttributes }: SqsRecord, name: string) => messageAttributes?.[name]?.stringValue;

const attributesOf = (record: SqsRecord) => readAttributes((name) => textOf(record, name));

function fromRuntime(record: SqsRecord): Found | undefined {
  const attributes = attributesOf(record);
  // A message that was sent back and then received too often still has the runtime's attributes.
  if (attributes === undefined || movedFrom(record) !== undefined) return undefined;
  const { step, errorCode, message = "", attempts, delivery, requests = [], calls } = attributes;
  const why = { errorCode, errorMessage: message, attempts, ...(calls && { calls }) };
  return { shape: "runtime", step, body: record.body, ...why, delivery, requests };
}

/**
 * AWS's example contains the request of the target's API, here PutEvents; the input alone is accepted as well.
 * @returns the event as a rule would have delivered it
 */
function fromSchedule(record: SqsRecord, { flow, schedules = {} }: FlowTargets): Found | undefined {
  const arn = textOf(record, "SCHEDULE_ARN");
  if (arn === undefined) return undefined;
  const [trigger, schedule] = Object.entries(schedules).find(([, { scheduleArn }]) => scheduleArn === arn) ?? [];
  const condition = textOf(record, "EXHAUSTED_RETRY_CONDITION");
  const sent = parseJson(record.body) as { readonly Entries?: readonly { readonly Detail?: string }[] } | undefined;
  const event = {
    id: textOf(record, "EXECUTION_ID") ?? record.messageId,
    source: sourceOf(flow),
    "detail-type": schedule?.event ?? "",
    time: textOf(record, "SCHEDULED_TIME") ?? "",
    detail: parseJson(sent?.Entries?.[0]?.Detail ?? record.body),
  };
  return {
    shape: "schedule",
    step: trigger === undefined ? "" : triggerStep(trigger),
    body: schedule && event.detail !== undefined ? JSON.stringify(event) : record.body,
    errorCode: textOf(record, "ERROR_CODE") ?? "UNKNOWN",
    errorMessage: [textOf(record, "ERROR_MESSAGE"), condition && `retries ended by ${condition}`].filter(Boolean).join("; "),
    attempts: Number(textOf(record, "RETRY_ATTEMPTS") ?? 0) + 1,
    delivery: undefined,
  };
}

function fromTarget(record: SqsRecord, { steps }: FlowTargets): Found | undefined {
  const rule = textOf(record, "RULE_ARN");
  if (rule === undefined) return undefined;
  const target = textOf(record, "TARGET_ARN");
  const condition = textOf(record, "EXHAUSTED_RETRY_CONDITION");
  return {
    shape: "target",
    step: stepWhere(
      steps,
      ({ ruleArn, queueArn, functionArn }) => ruleArn === rule || queueArn === target || functionArn === target,
    ),
    body: record.body,
    errorCode: textOf(record, "ERROR_CODE") ?? "UNKNOWN",
    errorMessage: [textOf(record, "ERROR_MESSAGE"), condition && `retries ended by ${condition}`].filter(Boolean).join("; "),
    attempts: 0,
    delivery: undefined,
  };
}

interface InvocationRecord {
  readonly requestContext: { readonly functionArn: string; readonly condition: string; readonly approximateInvokeCount?: number };
  readonly requestPayload: unknown;
  readonly responsePayload?: { readonly errorType?: string; readonly errorMessage?: string };
}

function fromInvocation(record: SqsRecord, { steps }: FlowTargets): Found | undefined {
  const value = parseJson(record.body) as Partial<InvocationRecord> | null | undefined;
  const context = value?.requestContext;
  if (typeof context?.functionArn !== "string" || value?.requestPayload === undefined) return undefined;
  const [functionArn] = /^(?:[^:]*:){6}[^:]*/.exec(context.functionArn) ?? [""];
  return {
    shape: "invocation",
    step: stepWhere(steps, (target) => target.functionArn === functionArn),
    body: JSON.stringify(value.requestPayload),
    errorCode: value.responsePayload?.errorType ?? context.condition,
    errorMessage: value.responsePayload?.errorMessage ?? `Lambda gave up the invocation: ${context.condition}`,
    attempts: context.approximateInvokeCount ?? 0,
    delivery: undefined,
  };
}

function fromBackstop(record: SqsRecord, { steps }: FlowTargets): Found {
  const source = movedFrom(record);
  const sentBack = attributesOf(record);
  return {
    shape: "backstop",
    step: sentBack?.step || stepWhere(steps, ({ queueArn }) => queueArn === source),
    body: record.body,
    errorCode: "RECEIVED_TOO_OFTEN",
    errorMessage: `the queue handed it out ${record.attributes.ApproximateReceiveCount ?? "too many"} times${sentBack ? `; it had failed before with ${sentBack.errorCode}` : ""}`,
    attempts: 0,
    delivery: sentBack?.delivery,
  };
}

/** In a flow of one step, a message without a name can only be that step's. */
function stepWhere(steps: FlowTargets["steps"], holds: (target: StepTarget) => boolean): string {
  const names = Object.keys(steps);
  const found = Object.entries(steps).find(([, target]) => holds(target))?.[0];
  return found ?? (names.length === 1 ? (names[0] ?? "") : "");
}

function causeOf(
  event: ReceivedEvent,
  ownFlow: OwnFlow,
  delivery: string | undefined,
  [first, ...lent]: readonly DeadLetterRequest[] = [],
) {
  const { requestId, correlationId, causationId, tenant, graph, traceparent, startedAs } = requestOf(event, ownFlow);
  const compensated = event.name === HUB_EVENT.CompensateStep ? (event.data as CompensateStepData | null)?.delivery : undefined;
  const cause: DeadLetterCause = {
    eventId: event.metadata.eventId,
    eventName: event.name,
    requestId,
    correlationId,
    causationId,
    tenant,
    graph,
    traceparent,
    hop: event.metadata.hop,
    // Of a join's part the event's own id: the step reports what becomes of it when the message is sent back (`collectedReport`).
    delivery: delivery || (compensated === undefined ? event.metadata.eventId : compensationOf(compensated)),
    ...(first ?? (startedAs !== undefined && { startedAs })),
    ...(compensated !== undefined && { compensates: compensated }),
    ...(lent.length > 0 && { lent }),
  };
  return cause;
}
