import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../emulator/user-error.ts";
import type { Place } from "../kinds/outputs.ts";
import type { Recording } from "../recording.ts";
import { type StackConfig, stackConfig } from "./config.ts";

const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/hub/compiled");

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
export async function record({ root, stack = "dev", skipEncrypted = false, keySeed = "" }: RecordOptions): Promise<Recording> {
  const config = stackConfig(root, stack, skipEncrypted);
  const region = config.values["aws:region"];
  if (!region) throw new UserError(`Pulumi.${stack}.yaml has no aws:region. Add one, such as \`aws:region: us-east-1\`.`);
  const outcome = await run({
    root,
    stack,
    config,
    keySeed,
    place: { region, accountId: LOCAL_ACCOUNT, partition: partitionOf(region) },
  });
  if ("error" in outcome) throw new UserError(outcome.error);
  return outcome.recording;
}

const partitionOf = (region: string) =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";

function run(job: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    let printed = "";
    const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        // Loading @pulumi/pulumi is half of what a start costs. https://nodejs.org/api/module.html#module-compile-cache
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...process.env,
        // `pulumi up` sets it, too. Some packages read it.
        AWS_REGION: job.place.region,
      },
    });
    // The last line of the output explains a process that ends without a result.
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_000)));
    let outcome: Outcome | undefined;
    child.on("message", (message) => (outcome = message as Outcome));
    child.on("error", (error) => resolve({ error: `Node.js can't be started: ${error.message}. Check the installation.` }));
    child.on("close", (code, signal) =>
      resolve(
        outcome ?? {
          error: `The Pulumi program ended with ${signal ?? `status ${code}`}: ${printed.trim().split("\n").at(-1) ?? ""}`,
        },
      ),
    );
  });
}
