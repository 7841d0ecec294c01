import type { Objective } from "./slo.ts";

/** A request as a dead letter names it. */
export interface DeadLetterRequest {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly graph: string;
  /** The flow's former name if the request began under it. */
  readonly startedAs?: string;
}

/** A 2xx answer that could not be read, as a dead letter shows it. Secrets and personal data are masked. */
export interface UnreadableAnswer {
  readonly status: number;
  /** `""` where the answer has none. */
  readonly contentType: string;
  /** Bytes of the whole body. */
  readonly size: number;
  /** Begin of the body. */
  readonly text: string;
}
/** Calls of a delivery that may have taken effect, by `<adapter>.<operation>#<number>`; with the answer where one came. */
export type OpenCalls = Readonly<Record<string, UnreadableAnswer | null>>;
/** Answers that an operator supplied, by call, as JSON values. */
export interface SuppliedAnswers {
  readonly answers: Readonly<Record<string, unknown>>;
  /** The operator. */
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
}

/** A difference between a payload and what an operator made of it. Secrets and personal data are masked. */
export interface DeadLetterChange {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  /** Absent where it was added. */
  readonly before?: unknown;
  /** Absent where it was removed. */
  readonly after?: unknown;
}

/** What the attributes of a message say that the runtime sent to a dead-letter queue, or back from there to its step's queue. */
export interface DeadLetterAttributes {
  readonly flow: string;
  readonly step: string;
  /** `""` for garbage, which has no ids. */
  readonly requestId: string;
  readonly correlationId: string;
  /** Each such message has one: by it the runtime knows a message that was sent back. */
  readonly errorCode: string;
  /** Attempts so far; the next one is counted after them. */
  readonly attempts: number;
  readonly delivery: string;
  /** Why it failed; absent where it is sent back. */
  readonly message?: string;
  /** The requests that take part in the delivery where there are several, the one that goes on first. */
  readonly requests?: readonly DeadLetterRequest[];
  /** Calls that may have taken effect, where there are any; absent where it is sent back. */
  readonly calls?: OpenCalls;
  /** Answers for such calls; only where it is sent back. */
  readonly supplied?: SuppliedAnswers;
  /** Id of the edit that changed its payload: its calls get other idempotency keys. Only where it is sent back. */
  readonly edit?: string;
}

/** @returns texts by the attributes' names */
export const writeAttributes = ({
  attempts,
  requests,
  calls,
  supplied,
  edit,
  ...texts
}: DeadLetterAttributes): Readonly<Record<string, string>> => ({
  ...texts,
  attempts: String(attempts),
  ...(requests && { requests: JSON.stringify(requests) }),
  ...(calls && { calls: asciiJson(calls) }),
  ...(supplied && { supplied: asciiJson(supplied) }),
  ...(edit !== undefined && { edit }),
});

/** SQS refuses some characters in attributes, such as U+FFFE. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * @param textOf the text of the attribute of this name
 * @returns `undefined` for a message that neither comes nor came from the runtime
 */
export function readAttributes(
  textOf: (name: keyof DeadLetterAttributes) => string | undefined,
): DeadLetterAttributes | undefined {
  const errorCode = textOf("errorCode");
  if (errorCode === undefined) return undefined;
  const message = textOf("message");
  const requests = jsonIn<readonly DeadLetterRequest[]>(textOf("requests"));
  const calls = jsonIn<OpenCalls>(textOf("calls"));
  const supplied = jsonIn<SuppliedAnswers>(textOf("supplied"));
  const edit = textOf("edit");
  return {
    flow: textOf("flow") ?? "",
    step: textOf("step") ?? "",
    requestId: textOf("requestId") ?? "",
    correlationId: textOf("correlationId") ?? "",
    errorCode,
    attempts: Number(textOf("attempts") ?? 0) || 0,
    delivery: textOf("delivery") ?? "",
    ...(message !== undefined && { message }),
    ...(requests && { requests }),
    ...(calls && { calls }),
    ...(supplied && { supplied }),
    ...(edit !== undefined && { edit }),
  };
}

function jsonIn<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Where the messages of one step come from and go to. `Text` is a string, or what a deployment makes one of. */
export interface StepTarget<Text = string> {
  /** Former names of the step, the first one first. @default none */
  readonly formerly?: readonly string[];
  /** Of the step's queue; where delivery is direct, of the queue for redriven messages. */
  readonly queueUrl: Text;
  readonly queueArn: Text;
  readonly ruleArn: Text;
  readonly functionArn: Text;
}
/** A trigger that publishes by time. */
export interface ScheduleTarget<Text = string> {
  readonly scheduleArn: Text;
  readonly event: string;
}
/** A trigger that starts by time, as the ops API shows and runs it. */
export type Timer = { readonly expression: string; readonly timezone: string; readonly enabled: boolean } & (
  | {
      readonly kind: "schedule";
      /** The event that it publishes: name on the bus, version and payload. */
      readonly event: string;
      readonly version: number;
      readonly data: object;
    }
  | { readonly kind: "poll" }
);
/** What the recorder has to know of a flow: JSON in the table (`targetsKey`), written by the deployment. */
export interface FlowTargets<Text = string> {
  readonly flow: string;
  /** Former names of the flow, the first one first. @default none */
  readonly formerly?: readonly string[];
  /** Sort key of the graph that is deployed now. */
  readonly graph: Text;
  readonly steps: Readonly<Record<string, StepTarget<Text>>>;
  /** By the trigger's name. @default none */
  readonly schedules?: Readonly<Record<string, ScheduleTarget<Text>>>;
  /** Schedules and polls by the trigger's name. @default none */
  readonly timers?: Readonly<Record<string, Timer>>;
  readonly deadLetterArn: Text;
  /** @default written by an earlier deployment, which leaves the sweeper without it */
  readonly deadLetterUrl?: Text;
  /** Third parties that its steps and synchronous endpoints use. @default none */
  readonly thirdParties?: readonly string[];
  /** Names of the fields that hold personal data. @default none */
  readonly personal?: readonly string[];
  /** @default none */
  readonly slo?: Objective;
}

/** Attribute of a message that was sent to its dead-letter queue again: the queue that SQS had moved it from. */
export const MOVED_FROM = "movedFrom";

/** Stands for the flow in the targets of the hub itself: its ledger is no step of any request. */
export const HUB_ITSELF = "hub";
