import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { AwsEndpoint } from "../endpoint/endpoint.ts";
import { type Authorizer, AwsError } from "../endpoint/service.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { Functions } from "../lambda/functions.ts";
import type { Queues } from "../sqs/queues.ts";
import { failureOf, type ScheduleFailure } from "./failure.ts";

/** A schedule of EventBridge Scheduler. */
export interface ScheduleSpec {
  readonly name: string;
  readonly arn: string;
  /** The first run after a time, both ms since the epoch; `undefined` for never again. */
  readonly next: (after: number) => number | undefined;
  /** A run starts up to this much later. ms */
  readonly windowMs: number;
  readonly roleArn: string;
  /** JSON for the target; context attributes in it are replaced. */
  readonly input: string;
  readonly target:
    | { readonly kind: "function"; readonly arn: string }
    | { readonly kind: "bus"; readonly arn: string; readonly detailType: string; readonly source: string };
  readonly retry: { readonly attempts: number; readonly ageMs: number };
  readonly deadLetterArn?: string;
}

interface Ports {
  readonly clock: Clock;
  readonly iam: Pick<IamDirectory, "mayAssume">;
  readonly authorizer: Authorizer;
  readonly functions: Functions;
  readonly aws: Pick<AwsEndpoint, "call">;
  readonly queues: Pick<Queues, "sendAs">;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** Told what goes wrong, each different reason once in a row. */
  readonly onProblem: (message: string) => void;
}

interface Run {
  readonly scheduledAt: number;
  readonly executionId: string;
  readonly attempt: number;
}

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 15 * 60_000;
/** Looks at the clock at least this often: timers are cut to 24 days of the machine's time. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Runs schedules by the hub's clock, for as long as the process lives. One first attempt at a time: on AWS a run that takes longer than
 * the interval meets the next one. What fails is tried again with exponential backoff until the retry policy ends it; then it goes to the
 * schedule's dead-letter queue.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export class Schedules {
  readonly #ports: Ports;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  readonly #retries = new Set<Promise<void>>();
  readonly #told = new Map<string, string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Starts it, or changes it: the next run is computed from now. */
  async put(id: string, spec: ScheduleSpec): Promise<void> {
    await this.remove(id);
    const stop = new AbortController();
    this.#running.set(id, { stop, done: this.#run(spec, stop.signal) });
  }

  async remove(id: string): Promise<void> {
    const known = this.#running.get(id);
    this.#running.delete(id);
    known?.stop.abort();
    await known?.done;
  }

  /** Resolves when no run is under way. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.remove(id)));
    await Promise.all(this.#retries);
  }

  async #run(spec: ScheduleSpec, signal: AbortSignal): Promise<void> {
    for (let last = 0; ; ) {
      // A run that the window put off must not hide those in between.
      const scheduledAt = spec.next(Math.max(last, this.#ports.clock.now() - spec.windowMs));
      if (scheduledAt === undefined) return;
      const delay = Math.floor((this.#ports.random ?? Math.random)() * spec.windowMs);
      await this.#until(scheduledAt + delay, signal);
      if (signal.aborted) return;
      last = scheduledAt;
      const run: Run = { scheduledAt, executionId: newExecution(), attempt: 1 };
      const failure = await this.#attempt(spec, run);
      this.#tell(spec, failure, signal);
      if (!failure || failure.ofTarget) continue;
      // The schedule goes on while this run waits.
      const retrying = this.#retry(spec, run, failure, signal);
      this.#retries.add(retrying);
      void retrying.finally(() => this.#retries.delete(retrying));
    }
  }

  async #until(at: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    while (!signal.aborted && clock.now() < at) await clock.wait(Math.min(LONGEST_WAIT_MS, at - clock.now()), signal);
  }

  async #retry(spec: ScheduleSpec, first: Run, firstFailure: ScheduleFailure, signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#ports;
    let run = first;
    let failure: ScheduleFailure | undefined = firstFailure;
    while (failure) {
      const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (run.attempt - 1)) * (0.5 + random() / 2);
      const tooMany = run.attempt > spec.retry.attempts;
      const tooOld = clock.now() + wait > run.scheduledAt + spec.retry.ageMs;
      if (failure.final || tooMany || tooOld) {
        const exhausted = tooMany ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds";
        this.#deadLetter(spec, run, failure, failure.final ? undefined : exhausted);
        return;
      }
      await clock.wait(wait, signal);
      if (signal.aborted) return;
      run = { ...run, executionId: newExecution(), attempt: run.attempt + 1 };
      failure = await this.#attempt(spec, run);
    }
  }

  async #attempt(spec: ScheduleSpec, run: Run): Promise<ScheduleFailure | undefined> {
    const { iam, authorizer, functions, aws } = this.#ports;
    const { roleArn, target } = spec;
    if (!iam.mayAssume(roleArn, "scheduler.amazonaws.com"))
      return { code: "AccessDenied", message: `it may not assume ${roleArn}.`, final: true };
    const caller = { kind: "role", arn: roleArn } as const;
    try {
      if (target.kind === "bus") {
        const answer = await aws.call("AWSEvents", "PutEvents", requestOf(spec, run), caller);
        const [entry] = answer.Entries as { ErrorCode?: string; ErrorMessage?: string }[];
        return entry?.ErrorCode === undefined
          ? undefined
          : failureOf(new AwsError(entry.ErrorCode, entry.ErrorMessage ?? entry.ErrorCode));
      }
      authorizer.authorize(caller, "lambda:InvokeFunction", target.arn);
      const result = await functions.invoke(target.arn, JSON.parse(inputOf(spec, run)), undefined);
      // Scheduler invokes asynchronously: what the function does then is not its failure.
      if (!result.ok)
        this.#tell(spec, { code: "", message: `its function failed: ${JSON.stringify(result.error)}`, final: true });
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

  #tell({ name }: ScheduleSpec, failure: ScheduleFailure | undefined, signal?: AbortSignal): void {
    const message = failure?.message ?? "";
    if (message !== "" && message !== this.#told.get(name) && !signal?.aborted)
      this.#ports.onProblem(`Schedule ${name}: ${message}`);
    this.#told.set(name, message);
  }
}

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
