import type { Operation } from "../../model/adapter.ts";
import type { UnreadableAnswer } from "../../protocol/dead-letter.ts";
import type { Logger } from "../logging/logger.ts";
import type { Limit } from "../within.ts";
import type { Slots } from "./rate-limit.ts";

/** The run of a handler on whose behalf third parties are called. */
export interface CallContext {
  /** First names of flow and step. Idempotency keys are made of them, so that a call repeated after a rename has the same key. */
  readonly origin: { readonly flow: string; readonly step: string };
  readonly step: string;
  readonly requestId: string;
  readonly correlationId: string;
  /** Id of the delivery; with the id of the edit, where an operator changed its payload. */
  readonly delivery: string;
  /** True when an earlier attempt of the delivery may have made the same calls. */
  readonly repeated: boolean;
  readonly log: Logger;
  /** Calls of the delivery that may have taken effect; see `outcomeOf`. */
  readonly unknown: Set<string>;
  /** Calls of the delivery that took effect, with their answers that can't be read. They are not repeated. */
  readonly unreadable: Map<string, UnreadableAnswer>;
  /** Answers that an operator supplied, by call: each is used instead of the call. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Times reserved under rate limits; `undefined` where no queue holds the message. */
  readonly slots: Slots | undefined;
  /** Of the handler's time. */
  readonly limit: Limit;
}

/** An operation, its types forgotten. */
export type AnyOperation = Operation;
