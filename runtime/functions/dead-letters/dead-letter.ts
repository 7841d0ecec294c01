import { type DeadLetterRequest, HUB_ITSELF, type OpenCalls } from "../../../protocol/dead-letter.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import { REDRIVE_WINDOW_SECONDS } from "../../../protocol/limits.ts";
import { dayBucket, dueBucket, duePosition, INDEXES, openBucket } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";
import type { Item } from "../../ports.ts";

/**
 * How a message came to its dead-letter queue. `runtime`: the step's function sent it, with the reason. `backstop`: SQS moved it after
 * too many receives. `target`: EventBridge could not deliver it. `invocation`: Lambda gave up an asynchronous invocation. `schedule`:
 * EventBridge Scheduler could not publish a flow's first event.
 */
export type Shape = "runtime" | "backstop" | "target" | "invocation" | "schedule";

/** `open`: not decided. `redriven`: sent back to its step. `completed`: the same, with the answers of its calls. `discarded`: given up. */
export const DEAD_LETTER_STATES = ["open", "redriven", "completed", "discarded"] as const;
type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/** Request and delivery of a dead letter; absent where its message is not an event of the hub. */
export interface DeadLetterCause {
  readonly eventId: string;
  readonly eventName: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly tenant: string;
  readonly graph: string;
  /** The flow's former name if the request began under it. */
  readonly startedAs?: string;
  readonly traceparent: string;
  readonly hop: number;
  readonly delivery: string;
  /** The delivery that this one compensates. */
  readonly compensates?: string;
  /** Other requests that contributed a part of the join. @default none */
  readonly lent?: readonly DeadLetterRequest[];
}

interface DeadLetterEdit {
  readonly id: string;
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
  readonly why: string;
  /** Number of items that hold the edited message. */
  readonly chunks: number;
  /** Number of edits so far. */
  readonly count: number;
}

/** @returns what an operator read of a dead letter: it changes when that fails again, or is edited */
export const revisionOf = ({ times, edit }: Pick<DeadLetter, "times" | "edit">): string => `${times}.${edit?.count ?? 0}`;

/** Record of one dead letter. Its message is stored in separate items. */
export interface DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly flow: string;
  /** `""` where it is unknown; `trigger:<name>` where the event never reached the bus, so that there is no request. */
  readonly step: string;
  readonly shape: Shape;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Attempts of the step, as far as known. */
  readonly attempts: number;
  readonly cause: DeadLetterCause | null;
  /** Calls that may have taken effect. @default none */
  readonly calls?: OpenCalls;
  /** Who supplied answers for these, and which, as a hash; written before the message is sent back. */
  readonly completion?: { readonly by: string; readonly at: string; readonly answers: string };
  /** The payload as an operator changed it, which a redrive sends; the original message stays. */
  readonly edit?: DeadLetterEdit;
  /** When it was last recorded, ISO 8601. */
  readonly at: string;
  readonly firstAt: string;
  /** How often it was dead-lettered. */
  readonly times: number;
  /** Ids of its messages, the latest last: a repeated message is recognised. */
  readonly messages: readonly string[];
  /** Automatic redrives so far. */
  readonly autoRedrives: number;
  /** When it is sent back automatically, ISO 8601, or `""` for never. */
  readonly redriveAt: string;
  /** When the sweeper looks whether its request has ended without it, ISO 8601, and how often it did. @default now, 0 */
  readonly checkAt?: string;
  readonly checks?: number;
  /** Time and operator of the last redrive or discard; `""` for never. */
  readonly closedAt: string;
  readonly closedBy: string;
  /** Why it was discarded. */
  readonly reason: string;
  /** Number of items that hold its message. */
  readonly chunks: number;
  /** Number of writes. */
  readonly version: number;
}

/** One record per cause and step, however often it fails; for a message that is not an event, one per message. */
export const deadLetterIdOf = (
  flow: string,
  step: string,
  cause: Pick<DeadLetterCause, "eventId"> | null,
  messageId: string,
): string => hashOf(cause ? [flow, step, cause.eventId] : [flow, step, "message", messageId]).slice(0, 16);

const SHARDS = 4;
/** Index partitions of open dead letters: several, so that none becomes hot when a third party fails for all requests. */
export const OPEN_BUCKETS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => openBucket(shard));

const shardOf = (id: string) => Number.parseInt(id.slice(0, 4), 16) % SHARDS;
export const DUE_BUCKETS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => dueBucket(shard));

/** When an open dead letter is given up, in ms since the epoch. */
export const expiresAt = ({ firstAt }: Pick<DeadLetter, "firstAt">): number =>
  Date.parse(firstAt) + REDRIVE_WINDOW_SECONDS * 1_000;

/**
 * Discarding ends nothing where the dead letter belongs to the hub itself or to no request: it stays open, and nothing but an operator
 * decides.
 */
export const isOfRequest = ({ flow, step, cause }: DeadLetter): boolean =>
  flow !== HUB_ITSELF && cause !== null && step !== "" && !isTriggerStep(step);

/** @returns keys of an open dead letter in the index of those that are due; none for another */
export function dueKeysOf(deadLetter: DeadLetter): Readonly<Record<string, string>> {
  if (deadLetter.state !== "open") return {};
  const { id, at, redriveAt, checkAt = at } = deadLetter;
  const times = [
    ...(redriveAt === "" ? [] : [redriveAt]),
    ...(isOfRequest(deadLetter) ? [checkAt, new Date(expiresAt(deadLetter)).toISOString()] : []),
  ];
  const { partition, sort } = INDEXES.dueDeadLetters;
  return { [partition]: dueBucket(shardOf(id)), [sort]: duePosition(times.sort()[0] ?? NEVER, id) };
}
/** After every time. */
const NEVER = "9999";

/** Open dead letters are few and looked at often; the others lie by the day (UTC) they were recorded. */
export const bucketOf = ({ id, state, at }: Pick<DeadLetter, "id" | "state" | "at">): string =>
  state === "open" ? openBucket(shardOf(id)) : dayBucket(at);

export const deadLetterFrom = (item: Item): DeadLetter => JSON.parse(String(item.letter)) as DeadLetter;
