import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../emulator/user-error.ts";
import type { Place } from "../kinds/outputs.ts";
import type { Recording } from "../recording.ts";
import { type StackConfig, stackConfig } from "./config.ts";

const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/hub/compiled");

/** A process that runs one program. */
export interface Recorder extends Disposable {
  /** Once. @throws UserError as `record` does */
  record(options: RecordOptions): Promise<Recording>;
}

/** Input of the child process. */
export interface Job {
  readonly root: string;
  readonly stack: string;
  readonly place: Place;
  readonly config: StackConfig;
  readonly keySeed: string;
}
/** Result of the child process. */
export type Outcome = { readonly recording: Recording } | { readonly error: string };

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

/** The account id in local ARNs: the example account of AWS's documentation. */
export const LOCAL_ACCOUNT = "123456789012";

/**
 * Runs a Pulumi program in a child process, with a monitor that records resources and creates none.
 *
 * @throws UserError when the program fails or its config is invalid
 */
export async function record(options: RecordOptions): Promise<Recording> {
  const job = jobOf(options);
  const child = started([]);
  try {
    return await recordedBy(child, job);
  } finally {
    child.process.kill();
  }
}

/**
 * Starts the process of a recording before its time: most of what a recording takes is to load modules.
 * @param modules to load at once, absolute
 */
export function startRecorder(...modules: readonly string[]): Recorder {
  const child = started(modules);
  return {
    record: async (options) => await recordedBy(child, jobOf(options)),
    [Symbol.dispose]: () => void child.process.kill(),
  };
}

function jobOf({ root, stack = "dev", skipEncrypted = false, keySeed = "" }: RecordOptions): Job {
  const config = stackConfig(root, stack, skipEncrypted);
  const region = config.values["aws:region"];
  if (!region) throw new UserError(`Pulumi.${stack}.yaml has no aws:region. Add one, such as \`aws:region: us-east-1\`.`);
  return { root, stack, config, keySeed, place: { region, accountId: LOCAL_ACCOUNT, partition: partitionOf(region) } };
}

async function recordedBy(child: Started, job: Job): Promise<Recording> {
  child.process.send(job, () => {});
  const outcome = await child.outcome;
  if ("error" in outcome) throw new UserError(outcome.error);
  return outcome.recording;
}

const partitionOf = (region: string) =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";

interface Started {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

function started(modules: readonly string[]): Started {
  const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), modules, {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Loading @pulumi/pulumi is half of what a start costs. https://nodejs.org/api/module.html#module-compile-cache
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
  });
  // The last line of the output explains a process that ends without a result.
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_000)));
  const outcome = new Promise<Outcome>((resolve) => {
    child.on("message", (message) => resolve(message as Outcome));
    child.on("error", (error) => resolve({ error: `Node.js can't be started: ${error.message}. Check the installation.` }));
    child.on("close", (code, signal) =>
      resolve({
        error: `The Pulumi program ended with ${signal ?? `status ${code}`}: ${printed.trim().split("\n").at(-1) ?? ""}`,
      }),
    );
  });
  return { process: child, outcome };
}
