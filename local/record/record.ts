import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../emulator/user-error.ts";
import type { Place } from "../kinds/outputs.ts";
import type { Recording } from "../recording.ts";
import { type StackConfig, stackConfig } from "./config.ts";

const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/hub/compiled");

/** A process that runs programs again and again, each as its files are then. While it waits, it does not keep this process running. */
export interface Recorder extends Disposable {
  /** In turn. @throws UserError as `record` does */
  record(options: RecordOptions): Promise<Recording>;
  /** Ends the process, which would keep code of the hub that has changed, and starts another one. */
  restart(): void;
}

/** Input of the child process. */
export interface Job {
  readonly root: string;
  readonly stack: string;
  readonly place: Place;
  readonly config: StackConfig;
  readonly keySeed: string;
}
/** What the child process sends: that it waits for a job, or what became of one. */
export type Message = { readonly isReady: true } | Outcome;
export type Outcome = { readonly recording: Recording } | Failure;
interface Failure {
  readonly error: string;
}

export interface RecordOptions {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** @default "dev" */
  readonly stack?: string;
  /** Ignores settings that only the Pulumi CLI can decrypt. @default false */
  readonly skipEncrypted?: boolean;
  /** What API keys are made of: a secret where the recording is to run. @default "", for recordings that are only read */
  readonly keySeed?: string;
}

/** A process keeps each version of the flows that it has loaded: about 30 MB a recording. */
const MOST_RECORDINGS = 15;

/** The account id in local ARNs: the example account of AWS's documentation. */
export const LOCAL_ACCOUNT = "123456789012";

/**
 * Runs a Pulumi program in a child process, with a monitor that records resources and creates none.
 *
 * @throws UserError when the program fails or its config is invalid
 */
export async function record(options: RecordOptions): Promise<Recording> {
  using recorder = startRecorder();
  return await recorder.record(options);
}

/**
 * Starts the process of recordings before the first: most of what a first one takes is to load modules, and a later one is quicker for the
 * code that Node has compiled meanwhile.
 * @param modules to load at once, absolute
 */
export function startRecorder(...modules: readonly string[]): Recorder {
  let child = new Child(modules);
  let recordings = 0;
  const restart = () => {
    child.end();
    child = new Child(modules);
    recordings = 0;
  };
  const next = async (options: RecordOptions) => {
    const job = jobOf(options);
    if (!(await child.isReady())) {
      restart();
      await child.isReady();
    }
    recordings += 1;
    const outcome = await child.run(job);
    if (recordings === MOST_RECORDINGS) restart();
    if ("error" in outcome) throw new UserError(outcome.error);
    return outcome.recording;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    record(options) {
      const recorded = last.then(() => next(options));
      last = recorded.catch(() => {});
      return recorded;
    },
    restart,
    [Symbol.dispose]: () => child.end(),
  };
}

function jobOf({ root, stack = "dev", skipEncrypted = false, keySeed = "" }: RecordOptions): Job {
  const config = stackConfig(root, stack, skipEncrypted);
  const region = config.values["aws:region"];
  if (!region) throw new UserError(`Pulumi.${stack}.yaml has no aws:region. Add one, such as \`aws:region: us-east-1\`.`);
  return { root, stack, config, keySeed, place: { region, accountId: LOCAL_ACCOUNT, partition: partitionOf(region) } };
}

const partitionOf = (region: string) =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";

/** A child process that takes one job at a time. */
class Child {
  readonly #process: ChildProcess;
  /** Why the process has ended. */
  readonly #ended: Promise<Failure>;
  #ready = Promise.withResolvers<true>();
  #outcome = Promise.withResolvers<Outcome>();

  constructor(modules: readonly string[]) {
    const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), modules, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Loading @pulumi/pulumi is half of what a start costs. https://nodejs.org/api/module.html#module-compile-cache
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    });
    this.#process = child;
    // The last line of the output explains a process that ends without a result.
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_000)));
    child.on("message", (message: Message) => {
      if ("isReady" in message) this.#ready.resolve(true);
      else this.#outcome.resolve(message);
    });
    this.#hold("unref");
    this.#ended = new Promise((resolve) => {
      child.on("error", (error) => resolve({ error: `Node.js can't be started: ${error.message}. Check the installation.` }));
      child.on("close", (code, signal) =>
        resolve({
          error: `The Pulumi program ended with ${signal ?? `status ${code}`}: ${printed.trim().split("\n").at(-1) ?? ""}`,
        }),
      );
    });
  }

  /** @returns whether it takes a job, once it does; false if it has ended */
  isReady(): Promise<boolean> {
    return this.#awaited(Promise.race([this.#ended.then(() => false), this.#ready.promise]));
  }

  /** Once `isReady` has resolved. */
  run(job: Job): Promise<Outcome> {
    this.#ready = Promise.withResolvers();
    this.#outcome = Promise.withResolvers();
    this.#process.send(job, () => {});
    return this.#awaited(Promise.race([this.#ended, this.#outcome.promise]));
  }

  /** Keeps this process running until the result is there: while nothing is awaited of it, the child does not. */
  async #awaited<T>(result: Promise<T>): Promise<T> {
    this.#hold("ref");
    try {
      return await result;
    } finally {
      this.#hold("unref");
    }
  }

  #hold(change: "ref" | "unref"): void {
    const { stdout, stderr, channel } = this.#process;
    for (const handle of [this.#process, channel, stdout, stderr] as (Pick<Socket, "ref" | "unref"> | null | undefined)[])
      handle?.[change]();
  }

  end(): void {
    this.#process.kill();
  }
}
