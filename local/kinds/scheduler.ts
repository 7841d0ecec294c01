import type { ScheduleSpec } from "../../emulator/scheduler/schedules.ts";
import { UserError } from "../../emulator/user-error.ts";
import { nextCronRun, parseSchedule } from "../../model/index.ts";
import { textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf } from "./outputs.ts";

interface ScheduleInputs {
  readonly scheduleExpression: string;
  readonly scheduleExpressionTimezone?: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly state?: string;
  readonly flexibleTimeWindow: { readonly mode: string; readonly maximumWindowInMinutes?: number };
  readonly target: {
    readonly arn: string;
    readonly roleArn: string;
    readonly input?: string;
    readonly eventbridgeParameters?: { readonly detailType: string; readonly source: string };
    readonly retryPolicy?: { readonly maximumRetryAttempts?: number; readonly maximumEventAgeInSeconds?: number };
    readonly deadLetterConfig?: { readonly arn?: string };
  };
}

/**
 * Defaults of the retry policy.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
 */
const RETRIES = { attempts: 185, ageSeconds: 86_400 };

export const scheduler: Kinds = {
  "aws:scheduler/schedule:Schedule": {
    outputs(resource) {
      const path = `${String(resource.inputs.groupName ?? "default")}/${resource.physicalName}`;
      return { id: path, arn: arnOf(resource, "scheduler", `schedule/${path}`) };
    },
    simulate: {
      startsWork: true,
      async put(resource, { schedules }) {
        const inputs = resource.inputs as unknown as ScheduleInputs;
        const { state, flexibleTimeWindow, target: declared } = inputs;
        const target = targetOf(declared);
        if (!target || inputs.startDate !== undefined || inputs.endDate !== undefined)
          throw new UserError(
            `Schedule ${resource.name} is not simulated: only functions and buses are targets here, without start and end. Leave it out.`,
          );
        const next = nextRun(resource.name, inputs);
        if (state === "DISABLED") return schedules.remove(resource.urn);
        await schedules.put(resource.urn, {
          name: textOf(resource, "name"),
          arn: textOf(resource, "arn"),
          next,
          windowMs: (flexibleTimeWindow.maximumWindowInMinutes ?? 0) * 60_000,
          target,
          roleArn: declared.roleArn,
          input: declared.input ?? "{}",
          retry: {
            attempts: declared.retryPolicy?.maximumRetryAttempts ?? RETRIES.attempts,
            ageMs: (declared.retryPolicy?.maximumEventAgeInSeconds ?? RETRIES.ageSeconds) * 1_000,
          },
          ...(declared.deadLetterConfig?.arn !== undefined && { deadLetterArn: declared.deadLetterConfig.arn }),
        });
      },
      remove: (resource, { schedules }) => schedules.remove(resource.urn),
    },
  },
};

function targetOf({ arn, eventbridgeParameters: event }: ScheduleInputs["target"]): ScheduleSpec["target"] | undefined {
  if (arn.startsWith("arn:aws:lambda:")) return { kind: "function", arn };
  if (arn.startsWith("arn:aws:events:") && event) return { kind: "bus", arn, ...event };
  return undefined;
}

/** @returns a function from a time to the next run after it, both in ms since the epoch */
function nextRun(
  name: string,
  { scheduleExpression, scheduleExpressionTimezone }: ScheduleInputs,
): (after: number) => number | undefined {
  try {
    const times = parseSchedule(scheduleExpression);
    if (times.kind === "cron") return (after) => nextCronRun(times, after, scheduleExpressionTimezone);
    return (after) => after + times.everyMs;
  } catch (error) {
    throw new UserError(`Schedule ${name} is not simulated: ${error instanceof Error ? error.message : String(error)}`);
  }
}
