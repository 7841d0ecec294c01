import { randomUUID } from "node:crypto";
import { firstName } from "../../../model/first-name.ts";
import { nextCronRun } from "../../../model/next-run.ts";
import { type CronFields, parseSchedule } from "../../../model/schedule.ts";
import type { Timer } from "../../../protocol/dead-letter.ts";
import { pollTenant, RUN_POLL, scheduledId, scheduleTenant } from "../../../protocol/first-event.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { MOST_RUNS, type TimedRuns } from "../../../protocol/timers.ts";
import { markCancelled } from "../../cancellations.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, json } from "../../http/problem.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import type { Entry } from "../../ports.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { stateOf } from "./existing-request.ts";
import { opsEntry } from "./ops-entry.ts";
import { bodyOf, checkWindow, optionalReasonOf, reasonOf, timeOf } from "./request.ts";
import { announced, cancelledEntry } from "./requests.ts";
import type { Operation, Outcome } from "./route.ts";

/** A trigger that starts by time, with what the deployment says of its flow. */
interface Timed {
  readonly flow: string;
  readonly firstFlow: string;
  readonly graph: string;
  readonly trigger: string;
  readonly timer: Timer;
}
type Schedule = Timed & { readonly timer: Extract<Timer, { kind: "schedule" }> };
/** A schedule whose times are known. */
type Calendar = Schedule & { readonly times: CronFields };

/**
 * Starts schedules and polls, and lets runs of schedules be left out or made up for. A run of a schedule is one request, whose id says the time
 * of the run: a run that is made up for and comes all the same is one request, and one that is left out is a request that is cancelled before.
 */
export function timerOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { table, clock } = services;

  /** @throws HttpProblem 400 where the hub has no such schedule or poll */
  async function timedBy({ flow, trigger }: Readonly<Record<string, unknown>>): Promise<Timed> {
    const flows = await targets();
    const found = flows.find((one) => one.flow === flow);
    if (!found) throw badRequest(`flow is not a flow of this hub. It has ${flows.map((one) => one.flow).join(", ") || "none"}.`);
    const { timers = {}, formerly } = found;
    const name = String(trigger);
    const timer = Object.hasOwn(timers, name) ? timers[name] : undefined;
    if (!timer)
      throw badRequest(`Flow ${found.flow} has no such schedule or poll. It has ${Object.keys(timers).join(", ") || "none"}.`);
    return { flow: found.flow, firstFlow: firstName(found.flow, formerly), graph: found.graph, trigger: name, timer };
  }

  /** @throws HttpProblem 400 where the trigger has no runs of which the times are known */
  async function scheduleBy(named: Readonly<Record<string, unknown>>, verb: string): Promise<Calendar> {
    const { timer, ...rest } = await timedBy(named);
    if (timer.kind === "poll")
      throw badRequest(`A poll goes on from its cursor, so no run of it can be ${verb}. Hold it, or run it now.`);
    const times = parseSchedule(timer.expression);
    if (times.kind === "rate")
      throw badRequest(
        `The times of ${timer.expression} are not known, so no run of it can be ${verb}. Run it now, or declare a cron.`,
      );
    return { ...rest, timer, times };
  }

  const requestIdOf = ({ firstFlow, trigger }: Timed, at: string) => scheduledId(firstFlow, trigger, at);
  const firstEventOf = (schedule: Schedule, occurredAt: string) => {
    const { flow, graph, trigger, timer } = schedule;
    const { event: name, version, data } = timer;
    const id = requestIdOf(schedule, occurredAt);
    const ids = { requestId: id, correlationId: id, tenant: scheduleTenant(flow, trigger), occurredAt };
    return firstEntry({ ...ids, flow, graph, trigger, version, name, data });
  };

  async function runNow(timed: Timed): Promise<Outcome> {
    const { flow, trigger, timer } = timed;
    // A run of the schedule itself has a time without fractions of a second, and so another id.
    const at = new Date(clock.now()).toISOString();
    const requestId = timer.kind === "schedule" ? requestIdOf(timed, at) : null;
    const entry = timer.kind === "schedule" ? firstEventOf({ ...timed, timer }, at) : runPollEntry(timed, at);
    await publishAll(services, [entry]);
    log.warn("trigger is run by an operator", { startedFlow: flow, trigger });
    return { response: json(202, { flow, trigger, requestId }), outcome: requestId ?? "started" };
  }

  async function backfill(schedule: Schedule, times: readonly string[]): Promise<Outcome> {
    const runs = await Promise.all(
      times.map(async (at) => {
        const requestId = requestIdOf(schedule, at);
        return { at, requestId, known: (await stateOf(table, requestId)) !== undefined };
      }),
    );
    const missing = runs.filter(({ known }) => !known).map(({ at, requestId }) => ({ at, requestId }));
    await publishAll(
      services,
      missing.map(({ at }) => firstEventOf(schedule, at)),
    );
    const { flow, trigger } = schedule;
    log.warn("runs are made up for", { startedFlow: flow, trigger, runs: missing.length });
    const answer: TimedRuns = { flow, trigger, runs: missing };
    return { response: json(202, answer), outcome: `started ${missing.length} of ${runs.length}, the others had run` };
  }

  async function skip(schedule: Schedule, times: readonly string[], by: string, why: string): Promise<Outcome> {
    const { flow, trigger, firstFlow, graph } = schedule;
    const readyAt = await announced(services, firstFlow);
    const [first = ""] = times;
    if (Date.parse(first) <= readyAt)
      throw conflict(`The run of ${first} begins too soon. Cancel its request, ${requestIdOf(schedule, first)}.`);
    const cancellation = { by, at: new Date(clock.now()).toISOString(), why };
    const runs = times.map((at) => ({ at, requestId: requestIdOf(schedule, at) }));
    const tenant = scheduleTenant(flow, trigger);
    const entries = runs.map(({ requestId: id }) =>
      cancelledEntry({ flow, graph, tenant, requestId: id, correlationId: id }, cancellation),
    );
    await publishAll(services, entries);
    await Promise.all(runs.map(({ requestId }) => markCancelled(services, requestId, cancellation)));
    log.warn("runs are left out", { startedFlow: flow, trigger, runs: runs.length, operator: by });
    const answer: TimedRuns = { flow, trigger, runs };
    return { response: json(200, answer), outcome: `left out ${runs.map(({ at }) => at).join(", ")}` };
  }

  return {
    runTrigger: {
      change: async ({ body }) => {
        const timed = await timedBy(bodyOf(body, ["flow", "trigger", "reason"]));
        return { about: { flow: timed.flow, trigger: timed.trigger }, why: optionalReasonOf(body), act: () => runNow(timed) };
      },
    },
    skipRuns: {
      change: async ({ body }) => {
        const { until, reason, ...named } = bodyOf(body, ["flow", "trigger", "until", "reason"]);
        const schedule = await scheduleBy(named, "left out");
        const why = reasonOf({ reason });
        if (!schedule.timer.enabled) throw badRequest("The schedule is disabled, so it has no further run.");
        const now = clock.now();
        const end = until === undefined ? undefined : timeOf("until", until);
        const times =
          end === undefined ? runsOf(schedule, now, Number.POSITIVE_INFINITY, 1) : runsOf(schedule, now, Date.parse(end));
        if (times.length === 0) throw badRequest(`It has no run before ${end ?? "the end of its times"}.`);
        return {
          about: { flow: schedule.flow, trigger: schedule.trigger, runs: times },
          why,
          act: ({ name }) => skip(schedule, times, name, maskedText(why)),
        };
      },
    },
    backfill: {
      change: async ({ body }) => {
        const { from, to, reason, ...named } = bodyOf(body, ["flow", "trigger", "from", "to", "reason"]);
        const schedule = await scheduleBy(named, "made up for");
        const why = reasonOf({ reason });
        const [begin, end] = [Date.parse(timeOf("from", from)), Date.parse(timeOf("to", to))];
        checkWindow(begin, end);
        if (end > clock.now()) throw badRequest("to is in the future: those runs come by themselves.");
        if (clock.now() - begin > REQUEST_LIFE_SECONDS * 1_000)
          throw badRequest(`from is more than ${REQUEST_LIFE_SECONDS / 86_400} days ago: which runs there were is not known.`);
        // The first run may be at `from` itself.
        const times = runsOf(schedule, begin - 1, end);
        if (times.length === 0) throw badRequest("It has no run between from and to.");
        return {
          about: { flow: schedule.flow, trigger: schedule.trigger, from: times[0], to: times.at(-1), runs: times.length },
          why,
          act: () => backfill(schedule, times),
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

/** RunPoll, for the rule of the poll's function. */
function runPollEntry({ flow, graph, trigger }: Timed, occurredAt: string): Entry {
  const id = randomUUID();
  const ids = { eventId: id, requestId: id, correlationId: id, tenant: pollTenant(flow, trigger) };
  return opsEntry(RUN_POLL, { ...ids, flow, graph, step: "ops:run", occurredAt }, { trigger });
}

/**
 * Times of a schedule's runs between two times, without both, as Scheduler writes them; ISO 8601 without fractions of a second.
 * @param most the first so many. @default all, which may be MOST_RUNS
 * @throws HttpProblem 400 where they are more
 */
function runsOf({ times, timer: { timezone } }: Calendar, after: number, before: number, most?: number): readonly string[] {
  const found: string[] = [];
  for (let at = nextCronRun(times, after, timezone); at !== undefined && at < before; at = nextCronRun(times, at, timezone)) {
    if (found.length >= MOST_RUNS) throw badRequest(`These are more than ${MOST_RUNS} runs. Give a shorter time.`);
    found.push(`${new Date(at).toISOString().slice(0, 19)}Z`);
    if (found.length === most) break;
  }
  return found;
}
