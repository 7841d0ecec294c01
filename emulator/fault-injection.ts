import type { Caller, Json } from "./endpoint/service.ts";
import type { BusEvent } from "./events/event.ts";

/** A call that an AWS service received and has not handled yet. */
export interface ReceivedCall {
  /** Such as `DynamoDB_20120810`. */
  readonly target: string;
  readonly operation: string;
  readonly input: Json;
  readonly caller: Caller;
}

/**
 * - `throttle`: the service refuses the call as over its rate limit.
 * - `fail-entries`: PutEvents answers 200, and every entry has failed.
 * - `kill-before`: the calling function's environment ends before the service handles the call.
 * - `kill-after`: the environment ends after the service handled the call and before it answers.
 */
export type CallFault = "throttle" | "fail-entries" | "kill-before" | "kill-after";

/** Faults that AWS shows now and then. Each function is called when its fault could happen. @default no faults */
export interface FaultInjection {
  /** @returns the fault of this call, or `undefined` for none */
  readonly awsCall?: (call: ReceivedCall) => CallFault | undefined;
  /** @returns how long the call and its answer take on their way, ms */
  readonly awsDelayMs?: (call: ReceivedCall) => number;
  /**
   * EventBridge delivers at least once, and in no particular order.
   * @returns one delay in milliseconds from now for each copy of the event; `[0]` for an ordinary delivery
   */
  readonly deliveries?: (event: BusEvent, targetArn: string) => readonly number[];
  /** @returns whether SQS loses the deletion of a handled message, and so delivers the message again */
  readonly losesDeletion?: (queueArn: string, body: string) => boolean;
}
