import type middy from "@middy/core";
import type { Cause, ReceivedEvent } from "../../../envelope/cause.ts";
import type { LambdaContext } from "../../../lambda.ts";
import type { Logger } from "../../../logging/logger.ts";
import type { Entry } from "../../../ports.ts";
import type { Attempt } from "./records.ts";

/** What came: a message of the step's queue, or the event itself where delivery is direct. */
export interface Arrival {
  /** The original text, as a dead letter has to hold it. */
  readonly body: string;
  /** `undefined` where delivery is direct. */
  readonly message: ArrivedMessage | undefined;
  /** When this invocation ends at the latest, ms since the epoch. */
  readonly endsAt: number;
  /** When this invocation began, ms since the epoch. */
  readonly beganAt: number;
}
interface ArrivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  /** Times that the queue has handed it out, this one included. */
  readonly receives: number;
  /** When it was sent to the queue, ms since the epoch. */
  readonly sentAt: number;
  /** It comes from the dead letters. */
  readonly redriven: boolean;
  /** Attempts that the ledger has been told of by then; 0 where the message does not come from the dead letters. */
  readonly attempts: number;
}

/** One delivery on its way through the pipeline: each middleware adds what it has found out. Middy's `event`. */
export interface Run {
  readonly arrival: Arrival;
  readonly log: Logger;
  event?: ReceivedEvent;
  cause?: Cause;
  attempt?: Attempt;
  /** What the handler is called with. */
  input?: unknown;
  /** JSON of the input, where a compensation will need it; made before the handler could change it. */
  kept?: string;
  /** What is stored and to be published. */
  entries?: readonly Entry[];
}

export type StepMiddleware = middy.MiddlewareObj<Run, unknown, Error, LambdaContext>;

/** @throws Error when the pipeline is put together in the wrong order */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the delivery has no ${what} yet. Put the middleware that finds it out first.`);
  return value;
}
