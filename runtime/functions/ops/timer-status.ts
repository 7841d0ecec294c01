import { firstName } from "../../../model/first-name.ts";
import { nextCronRun } from "../../../model/next-run.ts";
import { parseSchedule } from "../../../model/schedule.ts";
import type { FlowTargets, Timer } from "../../../protocol/dead-letter.ts";
import type { PollStatus, TimerStatus } from "../../../protocol/status.ts";
import { pollKey } from "../../../protocol/table.ts";
import { masked } from "../../mask.ts";
import type { Item, Table } from "../../ports.ts";
import { lastRunIn } from "../poll/cursor-store.ts";

/** @returns by flow its schedules and polls, with when each runs next, and where a poll is */
export async function timersOf(
  table: Pick<Table, "get">,
  flows: readonly FlowTargets[],
  now: number,
): Promise<ReadonlyMap<string, readonly TimerStatus[]>> {
  const statusOf = async ({ flow, formerly, personal }: FlowTargets, trigger: string, timer: Timer): Promise<TimerStatus> => {
    const item = timer.kind === "poll" ? await table.get(pollKey(firstName(flow, formerly), trigger)) : undefined;
    const { kind, expression, timezone, enabled } = timer;
    const next = enabled ? nextRun(timer, item, now) : undefined;
    const nextAt = next === undefined ? null : new Date(next).toISOString();
    const poll = kind === "poll" ? pollStatus(item, new Set(personal)) : null;
    return { trigger, kind, expression, timezone, enabled, nextAt, poll };
  };
  const statuses = flows.map(async (one) => {
    const timers = Object.entries(one.timers ?? {}).map(([trigger, timer]) => statusOf(one, trigger, timer));
    return [one.flow, await Promise.all(timers)] as const;
  });
  return new Map(await Promise.all(statuses));
}

/**
 * Scheduler says no times. Those of a cron follow from it; those of a rate lie in whole intervals from any of its runs, and a poll stores one.
 * @returns ms since the epoch
 */
function nextRun({ expression, timezone }: Timer, item: Item | undefined, now: number): number | undefined {
  const times = parseSchedule(expression);
  if (times.kind === "cron") return nextCronRun(times, now, timezone);
  const known = Date.parse(String(item?.scheduledAt));
  return Number.isNaN(known) ? undefined : known + Math.max(1, Math.ceil((now - known) / times.everyMs)) * times.everyMs;
}

const pollStatus = (item: Item | undefined, names: ReadonlySet<string>): PollStatus => ({
  cursor: typeof item?.cursor === "string" ? masked(JSON.parse(item.cursor), { names }) : null,
  lastRun: item ? lastRunIn(item) : null,
});
