import { type Authorizer, AwsError } from "../aws/service.ts";
import type { Clock } from "../clock.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { Functions } from "../lambda/functions.ts";

/** A schedule of EventBridge Scheduler that invokes a function. */
export interface ScheduleSpec {
  readonly name: string;
  readonly everyMs: number;
  readonly functionArn: string;
  readonly roleArn: string;
  /** What the function gets, JSON. */
  readonly input: string;
}

interface Ports {
  readonly clock: Clock;
  readonly iam: Pick<IamDirectory, "mayAssume">;
  readonly authorizer: Authorizer;
  readonly functions: Functions;
  /** Told what goes wrong, each different reason once in a row. */
  readonly onProblem: (message: string) => void;
}

/**
 * Runs schedules by the hub's clock, for as long as the process lives. One run at a time: on AWS a run that takes longer than the
 * interval meets the next one.
 */
export class Schedules {
  readonly #ports: Ports;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Starts it, or changes it. The first run is one interval from now, as on AWS. */
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
  }

  async #run(spec: ScheduleSpec, signal: AbortSignal): Promise<void> {
    let last = "";
    for (;;) {
      await this.#ports.clock.wait(spec.everyMs, signal);
      if (signal.aborted) return;
      const problem = await this.#invoke(spec);
      if (problem !== "" && problem !== last && !signal.aborted) this.#ports.onProblem(`Schedule ${spec.name}: ${problem}`);
      last = problem;
    }
  }

  /** @returns what went wrong, or `""` */
  async #invoke({ functionArn, roleArn, input }: ScheduleSpec): Promise<string> {
    const { iam, authorizer, functions } = this.#ports;
    if (!iam.mayAssume(roleArn, "scheduler.amazonaws.com")) return `it may not assume ${roleArn}.`;
    const caller = { kind: "role", arn: roleArn } as const;
    try {
      authorizer.authorize(caller, "lambda:InvokeFunction", functionArn);
      const result = await functions.invoke(functionArn, JSON.parse(input), undefined);
      return result.ok ? "" : `its function failed: ${JSON.stringify(result.error)}`;
    } catch (error) {
      if (error instanceof AwsError) return error.message;
      throw error;
    }
  }
}
