import type { Fault } from "../local/sandbox/fault.ts";
import type { Caller, Json } from "./endpoint/service.ts";
import type { BusEvent } from "./events/event.ts";

/** A call that is about to reach an AWS service. */
export interface CallUnderWay {
  /** Such as `DynamoDB_20120810`. */
  readonly target: string;
  readonly operation: string;
  readonly input: Json;
  readonly caller: Caller;
}

/**
 * What happens to it: `throttle`, it is refused as by a rate limit; `fail-entries`, PutEvents answers 200 and every entry has failed;
 * `kill-before` and `kill-after`, the function's environment dies before it is done, or when it is done and before it is answered.
 */
export type CallTrouble = "throttle" | "fail-entries" | "kill-before" | "kill-after";

/** A call that has reached a third party's stand-in. */
export interface PlayedCall {
  readonly target: string;
  readonly operation: string;
  readonly method: string;
  /** With query string. */
  readonly path: string;
  readonly idempotencyKey: string | null;
}

/**
 * What can be made to go wrong inside the hub, as it does on AWS now and then. Each is asked at the moment it would happen, and
 * answers `undefined`, or as its comment says, when nothing shall.
 */
export interface Disturbance {
  readonly awsCall?: (call: CallUnderWay) => CallTrouble | undefined;
  /** When copies of the event reach the target, ms from now; `[0]` when nothing shall happen. EventBridge delivers at least once, in no order. */
  readonly deliveries?: (event: BusEvent, targetArn: string) => readonly number[];
  /** Whether the deletion of a message that a function has dealt with is lost: SQS then hands it out again. */
  readonly losesDeletion?: (queueArn: string, body: string) => boolean;
  /** Instead of what is switched on at the sandbox's `/_faults`. */
  readonly thirdParty?: (call: PlayedCall) => Fault | undefined;
}
