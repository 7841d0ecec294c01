import type { Failure, RuntimeCode } from "../../../errors.ts";
import type { DeliveryRecord } from "./record.ts";

/** No attempt is left: the previous ones ended without recording it. */
export class UsedUpError extends Error {
  override readonly name = "UsedUpError";
  readonly record: DeliveryRecord;
  constructor(record: DeliveryRecord) {
    super(`${record.attempts} attempts are used up`);
    this.record = record;
  }
}

/** Its process died in an earlier attempt. The delivery is handled again when nothing else is handled in the same process. */
export class OnlyAloneError extends Error {
  override readonly name = "OnlyAloneError";
  /** It was alone already: nothing else can have ended the process. */
  readonly certain: boolean;
  constructor({ alone }: DeliveryRecord) {
    super("the process of an earlier attempt died; the delivery waits until it can be handled by itself");
    this.certain = alone;
  }
}

/** The failure to report: the last error, unless the last attempt crashed. */
export function failureOfUsedUp({ state, attempts, failure }: DeliveryRecord): Failure {
  if (state !== "running" && failure) return failure;
  const before = failure ? ` The attempt before failed with ${failure.code}: ${failure.message}` : "";
  return {
    code: "ATTEMPTS_USED_UP",
    message: `attempt ${attempts}, the last one, ended without an answer: its function crashed or timed out.${before}`,
  };
}

/** The message waits; nothing failed, and no attempt is used up. */
export class PostponedError extends Error {
  override readonly name = "PostponedError";
  readonly until: number;
  /** @param until ms since the epoch */
  constructor(message: string, until: number) {
    super(message);
    this.until = until;
  }
}

/** An operator holds the step, its flow or a third party that it uses. */
export class HeldError extends PostponedError {}

/**
 * The fault is the hub's: the code that runs can't handle the message, and other code could. The message is dead-lettered at once and can
 * be redriven. The request is blocked, and nothing is compensated.
 */
export class BlockedError extends Error {
  override readonly name = "BlockedError";
  readonly code: RuntimeCode;
  constructor(code: RuntimeCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The fault is the caller's, and no code could handle the message: the request fails, and there is no dead letter. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly code: RuntimeCode;
  constructor(code: RuntimeCode, message: string) {
    super(message);
    this.code = code;
  }
}
