import { AwsError } from "../endpoint/service.ts";

/** The reason why an attempt of a run failed. */
export interface ScheduleFailure {
  /** Error code of the target's service. */
  readonly code: string;
  readonly message: string;
  /** Whether a retry can't succeed. */
  readonly final: boolean;
}

/** Classifies an error. A missing permission or target and a malformed request are final. */
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
