import type { ScheduleSpec } from "../../emulator/scheduler/schedules.ts";
import { HubError } from "../../emulator/user-error.ts";
import { nextCronRun, parseSchedule } from "../../model/index.ts";
import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

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

/** What AWS takes where the retry policy says nothing. */
const RETRIES = { attempts: 185, ageSeconds: 86_400 };

export const schedule: Simulator = {
  type: "aws:scheduler/schedule:Schedule",
  async put(resource, { schedules }) {
    const inputs = resource.inputs as unknown as ScheduleInputs;
    const { state, flexibleTimeWindow, target } = inputs;
    const kind = kindOf(target);
    if (!kind || inputs.startDate !== undefined || inputs.endDate !== undefined)
      throw new HubError(
        `Schedule ${resource.name} is not simulated: only functions and buses are targets here, without start and end. Leave it out.`,
      );
    const next = nextOf(resource.name, inputs);
    if (state === "DISABLED") return schedules.remove(resource.urn);
    await schedules.put(resource.urn, {
      name: textOf(resource, "name"),
      arn: textOf(resource, "arn"),
      next,
      windowMs: (flexibleTimeWindow.maximumWindowInMinutes ?? 0) * 60_000,
      target: kind,
      roleArn: target.roleArn,
      input: target.input ?? "{}",
      retry: {
        attempts: target.retryPolicy?.maximumRetryAttempts ?? RETRIES.attempts,
        ageMs: (target.retryPolicy?.maximumEventAgeInSeconds ?? RETRIES.ageSeconds) * 1_000,
      },
      ...(target.deadLetterConfig?.arn !== undefined && { deadLetterArn: target.deadLetterConfig.arn }),
    });
  },
  remove: (resource, { schedules }) => schedules.remove(resource.urn),
};

function kindOf({ arn, eventbridgeParameters: event }: ScheduleInputs["target"]): ScheduleSpec["target"] | undefined {
  if (arn.startsWith("arn:aws:lambda:")) return { kind: "function", arn };
  if (arn.startsWith("arn:aws:events:") && event) return { kind: "bus", arn, ...event };
  return undefined;
}

function nextOf(
  name: string,
  { scheduleExpression, scheduleExpressionTimezone }: ScheduleInputs,
): (after: number) => number | undefined {
  try {
    const times = parseSchedule(scheduleExpression);
    if (times.kind === "cron") return (after) => nextCronRun(times, after, scheduleExpressionTimezone);
    return (after) => after + times.everyMs;
  } catch (error) {
    throw new HubError(`Schedule ${name} is not simulated: ${error instanceof Error ? error.message : String(error)}`);
  }
}
