import type { DeadLetterRequest } from "../../../protocol/dead-letter.ts";
import { dayBucket, openBucket } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";
import type { Item } from "../../ports.ts";

/**
 * How a message came to its dead-letter queue. `runtime`: the step's function sent it, and says why. `backstop`: SQS moved it after
 * too many receives. `target`: EventBridge could not deliver it. `invocation`: Lambda gave an asynchronous invocation up. `schedule`:
 * EventBridge Scheduler could not publish a flow's first event.
 */
export type Shape = "runtime" | "backstop" | "target" | "invocation" | "schedule";

/** `open`: nobody has dealt with it. `redriven`: sent back to its step. `discarded`: given up. */
type DeadLetterState = "open" | "redriven" | "discarded";

/** Which request and delivery a dead letter belongs to; absent where its message is no event of the hub. */
export interface DeadLetterCause {
  readonly eventId: string;
  readonly eventName: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly tenant: string;
  readonly graph: string;
  readonly traceparent: string;
  readonly hop: number;
  readonly delivery: string;
  /** The delivery that this one should undo. */
  readonly compensates?: string;
  /** Other requests that lent a part of the join. @default none */
  readonly lent?: readonly DeadLetterRequest[];
}

/** What is remembered of one dead letter; its message lies beside it in items of its own. */
export interface DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly flow: string;
  /** `""` where it can't be told; `trigger:<name>` where the event never got onto the bus, so that no request knows of it. */
  readonly step: string;
  readonly shape: Shape;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Attempts that the step has made, as far as is known. */
  readonly attempts: number;
  readonly cause: DeadLetterCause | null;
  /** When it was last recorded, ISO 8601. */
  readonly at: string;
  readonly firstAt: string;
  /** How often it has come to the dead letters. */
  readonly times: number;
  /** Ids of the messages that told of it, the latest last: one that comes again is known. */
  readonly messages: readonly string[];
  /** Automatic redrives so far. */
  readonly autoRedrives: number;
  /** When it is sent back automatically, ISO 8601, or `""` for never. */
  readonly redriveAt: string;
  /** When and by whom it was redriven or discarded last; `""` for never. */
  readonly closedAt: string;
  readonly closedBy: string;
  /** Why it was discarded. */
  readonly reason: string;
  /** Items that its message lies in. */
  readonly chunks: number;
  /** Counts writes. */
  readonly version: number;
}

/** One record for each cause at each step, however often it dies; for what is no event, one for each message. */
export const deadLetterIdOf = (flow: string, step: string, cause: DeadLetterCause | null, messageId: string): string =>
  hashOf(cause ? [flow, step, cause.eventId] : [flow, step, "message", messageId]).slice(0, 16);

const SHARDS = 4;
/** Index partitions of what is open: a few, so that none gets hot when a third party fails for all. */
export const OPEN_BUCKETS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => openBucket(shard));

/** Open dead letters are few and looked at often; the others lie by the day (UTC) they were recorded. */
export const bucketOf = ({ id, state, at }: Pick<DeadLetter, "id" | "state" | "at">): string =>
  state === "open" ? openBucket(Number.parseInt(id.slice(0, 4), 16) % SHARDS) : dayBucket(at);

export const deadLetterFrom = (item: Item): DeadLetter => JSON.parse(String(item.letter)) as DeadLetter;
