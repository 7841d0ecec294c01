import type middy from "@middy/core";
import type { SuppliedAnswers, UnreadableAnswer } from "../../../../protocol/dead-letter.ts";
import type { Hold } from "../../../../protocol/holds.ts";
import type { Cause, ReceivedEvent } from "../../../envelope/cause.ts";
import type { LambdaContext } from "../../../lambda.ts";
import type { Logger } from "../../../logging/logger.ts";
import type { Entry } from "../../../ports.ts";
import type { Slots } from "../../../third-party/rate-limit.ts";
import type { KeptInput } from "./record.ts";
import type { Attempt } from "./records.ts";

/** A message of the step's queue, or the event itself where delivery is direct. */
export interface Arrival {
  /** The original text, as a dead letter must contain it. */
  readonly body: string;
  /** `undefined` where delivery is direct. */
  readonly message: ArrivedMessage | undefined;
  /** No other delivery is handled in this process at the same time. */
  readonly alone: boolean;
  /** Latest end of this invocation, ms since the epoch. */
  readonly endsAt: number;
  /** When this invocation began, ms since the epoch. */
  readonly beganAt: number;
}
interface ArrivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  /** How often it was received, including this time. */
  readonly receives: number;
  /** When it was sent to the queue, ms since the epoch. */
  readonly sentAt: number;
  /** It was sent back from the dead letters. */
  readonly redriven: boolean;
  /** The delivery that became a dead letter; absent unless the message was redriven. */
  readonly delivery?: string;
  /** Attempts already reported to the ledger; 0 unless the message was redriven. */
  readonly attempts: number;
  /** Answers that an operator supplied when the message was sent back. */
  readonly supplied?: SuppliedAnswers;
  /** The edit that an operator made of it. */
  readonly edit?: string;
}

/** One delivery in the pipeline; each middleware adds its result. Middy's `event`. */
export interface Run {
  readonly arrival: Arrival;
  readonly log: Logger;
  /** What an operator holds of it, as the batch found it, or why that can't be read. @default nothing is held */
  readonly hold?: PromiseSettledResult<Hold | undefined>;
  event?: ReceivedEvent;
  cause?: Cause;
  attempt?: Attempt;
  /** Input of the handler. */
  input?: unknown;
  /** Version of the event that came; of a join's parts, the lowest. */
  eventVersion?: number;
  /** The input, for the compensation; made before the handler can change it. */
  kept?: KeptInput;
  /** Calls of the delivery that may have taken effect, from earlier attempts and this one. */
  unknown?: Set<string>;
  /** Calls of the delivery that took effect, with their answers that can't be read. */
  unreadable?: Map<string, UnreadableAnswer>;
  /** Times reserved under rate limits that no call has used yet; `undefined` where no queue holds the message. */
  slots?: Slots;
  /** Stored entries, to be published. */
  entries?: readonly Entry[];
  /** Its attempt is in the line of metrics. */
  measured?: true;
}

export type StepMiddleware = middy.MiddlewareObj<Run, unknown, Error, LambdaContext>;

/** @throws Error when the pipeline is in the wrong order */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the delivery has no ${what} yet. Put the middleware that sets it first.`);
  return value;
}
