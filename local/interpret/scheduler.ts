import { HubError } from "../hub-error.ts";
import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

interface ScheduleInputs {
  readonly scheduleExpression: string;
  readonly state?: string;
  readonly flexibleTimeWindow: { readonly mode: string };
  readonly target: { readonly arn: string; readonly roleArn: string; readonly input?: string };
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export const schedule: Simulator = {
  type: "aws:scheduler/schedule:Schedule",
  async put(resource, { schedules }) {
    const { scheduleExpression, state, target } = resource.inputs as unknown as ScheduleInputs;
    const [, count = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(scheduleExpression) ?? [];
    if (unit === "" || !target.arn.startsWith("arn:aws:lambda:"))
      throw new HubError(
        `Schedule ${resource.name} is not simulated: only rate(…) and functions as targets are. Use these, or leave it out.`,
      );
    if (state === "DISABLED") return schedules.remove(resource.urn);
    await schedules.put(resource.urn, {
      name: textOf(resource, "name"),
      everyMs: Number(count) * (UNITS[unit] ?? 0),
      functionArn: target.arn,
      roleArn: target.roleArn,
      input: target.input ?? "{}",
    });
  },
  remove: (resource, { schedules }) => schedules.remove(resource.urn),
};
