import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { AwsEndpoint } from "../endpoint/endpoint.ts";
import { type Authorizer, AwsError } from "../endpoint/service.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { Functions } from "../lambda/functions.ts";
import type { Queues } from "../sqs/queues.ts";
import { failureOf, type ScheduleFailure } from "./failure.ts";

/** A schedule of EventBridge Scheduler. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
export interface ScheduleSpec {
  readonly name: string;
  readonly arn: string;
  /** Time of the first run after `after`, both in milliseconds since the epoch; undefined when there is no further run. */
  readonly next: (after: number) => number | undefined;
  /** Flexible time window in milliseconds: a run starts up to this much later. */
  readonly windowMs: number;
  /** Execution role. */
  readonly roleArn: string;
  /** JSON of the target's input. Its context attributes are replaced. */
  readonly input: string;
  readonly target:
    | { readonly kind: "function"; readonly arn: string }
    | { readonly kind: "bus"; readonly arn: string; readonly detailType: string; readonly source: string };
  /** Maximum number of retries, and maximum age of a run in milliseconds. */
  readonly retry: { readonly attempts: number; readonly ageMs: number };
  /** ARN of the dead-letter queue. @default failed runs are dropped */
  readonly deadLetterArn?: string;
}

interface Ports {
  readonly clock: Clock;
  readonly iam: Pick<IamDirectory, "mayAssume">;
  readonly authorizer: Authorizer;
  readonly functions: Functions;
  readonly aws: Pick<AwsEndpoint, "call">;
  readonly queues: Pick<Queues, "sendAs">;
  /** Returns a number in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Called with the reason when a run fails; repeated only when the reason changes. */
  readonly onProblem: (message: string) => void;
}

interface Run {
  readonly scheduledAt: number;
  readonly executionId: string;
  readonly attempt: number;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;
/** Maximum time between checks of the clock: a timer of Node.js runs for at most 24 days. */
const MAX_SLEEP_MS = 86_400_000;

/**
 * Runs schedules by the hub's clock. The first attempts of a schedule do not overlap; on AWS a run that takes longer than the interval
 * overlaps with the next one. Failed attempts are retried with exponential backoff. When the retry policy is exhausted, the run is sent
 * to the schedule's dead-letter queue. Runs are not stored, so a restart drops pending retries.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export class Schedules {
  readonly #ports: Ports;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  readonly #retries = new Set<Promise<void>>();
  readonly #lastProblems = new Map<string, string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Creates or changes a schedule. The next run is computed from the current time. */
  async put(id: string, spec: ScheduleSpec): Promise<void> {
    await this.remove(id);
    const stop = new AbortController();
    this.#running.set(id, { stop, done: this.#run(spec, stop.signal) });
  }

  /** Removes a schedule. Resolves when its first attempt is not running; pending retries end. */
  async remove(id: string): Promise<void> {
    const schedule = this.#running.get(id);
    this.#running.delete(id);
    schedule?.stop.abort();
    await schedule?.done;
  }

  /** Stops all schedules. Resolves when no attempt is running. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.remove(id)));
    await Promise.all(this.#retries);
  }

  async #run(spec: ScheduleSpec, signal: AbortSignal): Promise<void> {
    for (let last = 0; ; ) {
      // A run that the time window delays must not skip the runs in between.
      const scheduledAt = spec.next(Math.max(last, this.#ports.clock.now() - spec.windowMs));
      if (scheduledAt === undefined) return;
      const delay = Math.floor((this.#ports.random ?? Math.random)() * spec.windowMs);
      await this.#sleepUntil(scheduledAt + delay, signal);
      if (signal.aborted) return;
      last = scheduledAt;
      const run: Run = { scheduledAt, executionId: newExecution(), attempt: 1 };
      const failure = await this.#attempt(spec, run);
      this.#report(spec, failure, signal);
      if (!failure) continue;
      // Retries run in parallel to the schedule.
      const retrying = this.#retry(spec, run, failure, signal);
      this.#retries.add(retrying);
      void retrying.finally(() => this.#retries.delete(retrying));
    }
  }

  async #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    while (!signal.aborted && clock.now() < at) await clock.wait(Math.min(MAX_SLEEP_MS, at - clock.now()), signal);
  }

  async #retry(spec: ScheduleSpec, first: Run, firstFailure: ScheduleFailure, signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#ports;
    let run = first;
    let failure: ScheduleFailure | undefined = firstFailure;
    while (failure) {
      const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (run.attempt - 1)) * (0.5 + random() / 2);
      const tooMany = run.attempt > spec.retry.attempts;
      const tooOld = clock.now() + delay > run.scheduledAt + spec.retry.ageMs;
      if (failure.final || tooMany || tooOld) {
        const exhausted = tooMany ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds";
        this.#deadLetter(spec, run, failure, failure.final ? undefined : exhausted);
        return;
      }
      await clock.wait(delay, signal);
      if (signal.aborted) return;
      run = { ...run, executionId: newExecution(), attempt: run.attempt + 1 };
      failure = await this.#attempt(spec, run);
    }
  }

  async #attempt(spec: ScheduleSpec, run: Run): Promise<ScheduleFailure | undefined> {
    const { iam, authorizer, functions, aws } = this.#ports;
    const { roleArn, target } = spec;
    if (!iam.mayAssume(roleArn, "scheduler.amazonaws.com", groupOf(spec.arn)))
      return { code: "AccessDenied", message: `it may not assume ${roleArn}.`, final: true };
    const caller = { kind: "role", arn: roleArn } as const;
    try {
      if (target.kind === "bus") {
        const response = await aws.call("AWSEvents", "PutEvents", requestOf(spec, run), caller);
        const [entry] = response.Entries as { ErrorCode?: string; ErrorMessage?: string }[];
        return entry?.ErrorCode === undefined
          ? undefined
          : failureOf(new AwsError(entry.ErrorCode, entry.ErrorMessage ?? entry.ErrorCode));
      }
      authorizer.authorize(caller, "lambda:InvokeFunction", target.arn);
      const result = await functions.invoke(target.arn, JSON.parse(inputOf(spec, run)), undefined);
      // Scheduler invokes functions asynchronously, so an error of the function is reported but does not fail the run.
      if (!result.ok)
        this.#report(spec, { code: "", message: `its function failed: ${JSON.stringify(result.error)}`, final: true });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  #deadLetter(spec: ScheduleSpec, run: Run, { code, message }: ScheduleFailure, exhausted: string | undefined): void {
    if (spec.deadLetterArn === undefined) return;
    const attributes = {
      ERROR_CODE: code,
      ERROR_MESSAGE: message.slice(0, 1_024) || code,
      EXECUTION_ID: run.executionId,
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: String(run.attempt - 1),
      SCHEDULED_TIME: timeOf(run),
      SCHEDULE_ARN: spec.arn,
      TARGET_ARN:
        spec.target.kind === "bus"
          ? "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents"
          : "arn:aws:scheduler:::aws-sdk:lambda:invoke",
      ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    const body = spec.target.kind === "bus" ? JSON.stringify(requestOf(spec, run)) : inputOf(spec, run);
    try {
      this.#ports.queues.sendAs(
        { kind: "role", arn: spec.roleArn },
        spec.deadLetterArn,
        body,
        Object.fromEntries(Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: "String", stringValue }])),
      );
    } catch (error) {
      this.#ports.onProblem(`Schedule ${spec.name}: a run is lost: ${failureOf(error).message}`);
    }
  }

  #report({ name }: ScheduleSpec, failure: ScheduleFailure | undefined, signal?: AbortSignal): void {
    const message = failure?.message ?? "";
    if (message !== "" && message !== this.#lastProblems.get(name) && !signal?.aborted)
      this.#ports.onProblem(`Schedule ${name}: ${message}`);
    this.#lastProblems.set(name, message);
  }
}

/**
 * `…:schedule/<group>/<name>` -> `…:schedule-group/<group>`: what Scheduler sends as aws:SourceArn when it assumes a role.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
const groupOf = (scheduleArn: string) => scheduleArn.replace(/:schedule\/([^/]+)\/.*$/, ":schedule-group/$1");

const newExecution = () => randomUUID().replaceAll("-", "").slice(0, 16);
const timeOf = ({ scheduledAt }: Run) => `${new Date(scheduledAt).toISOString().slice(0, 19)}Z`;

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
const inputOf = ({ arn, input }: ScheduleSpec, run: Run) =>
  input
    .replaceAll("<aws.scheduler.schedule-arn>", arn)
    .replaceAll("<aws.scheduler.scheduled-time>", timeOf(run))
    .replaceAll("<aws.scheduler.execution-id>", run.executionId)
    .replaceAll("<aws.scheduler.attempt-number>", String(run.attempt));

function requestOf(spec: ScheduleSpec, run: Run) {
  const { target } = spec;
  const named = target.kind === "bus" ? { Source: target.source, DetailType: target.detailType } : {};
  return { Entries: [{ ...named, Detail: inputOf(spec, run), EventBusName: target.arn }] };
}
