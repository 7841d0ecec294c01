import { AwsError } from "../endpoint/service.ts";

/** Why a run's attempt failed. */
export interface ScheduleFailure {
  /** Of the target's service. */
  readonly code: string;
  readonly message: string;
  /** Trying again can't help. */
  readonly final: boolean;
  /** The function failed after it had been invoked: Scheduler, which does not wait for it, takes that for a success. */
  readonly ofTarget?: true;
}

/** A missing permission or target and a malformed request are final, as with a rule's target. */
export function failureOf(error: unknown): ScheduleFailure {
  if (!(error instanceof AwsError))
    return {
      code: "AWS.Scheduler.InternalServerError",
      message: error instanceof Error ? error.message : String(error),
      final: false,
    };
  const { code, message } = error;
  return { code, message, final: /^(AccessDenied|ResourceNotFound|Validation|Invalid|QueueDoesNotExist)/.test(code) };
}
