import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../../emulator/user-error.ts";
import type { Place } from "../kinds/outputs.ts";
import type { Recording } from "../recording.ts";
import { type StackConfig, stackConfig } from "./config.ts";

/** What the child process is told. */
export interface Job {
  readonly root: string;
  readonly stack: string;
  readonly place: Place;
  readonly config: StackConfig;
}
/** What it answers. */
export type Outcome = { readonly recording: Recording } | { readonly error: string };

/** The account that local ARNs name; AWS's documentation uses it, so nobody owns it. */
export const LOCAL_ACCOUNT = "123456789012";

/**
 * Runs a Pulumi program in a process of its own, with a monitor that makes nothing and records everything.
 *
 * @param options.root folder of Pulumi.yaml
 * @param options.stack @default "dev"
 * @param options.skipEncrypted records the program as though settings that only the Pulumi CLI can read were not set. @default false
 * @throws UserError when the program or its config is broken
 */
export async function record({
  root,
  stack = "dev",
  skipEncrypted = false,
}: {
  readonly root: string;
  readonly stack?: string;
  readonly skipEncrypted?: boolean;
}): Promise<Recording> {
  const config = stackConfig(root, stack, skipEncrypted);
  const region = config.values["aws:region"];
  if (!region) throw new UserError(`Pulumi.${stack}.yaml sets no aws:region. Add one, such as \`aws:region: us-east-1\`.`);
  const outcome = await run({ root, stack, config, place: { region, accountId: LOCAL_ACCOUNT, partition: partitionOf(region) } });
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
      // What the program would see under `pulumi up`, too: it may be asked for by packages that read it themselves.
      env: { ...process.env, AWS_REGION: job.place.region },
    });
    // A program's own output is kept for the case that the process dies without a word.
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_000)));
    let outcome: Outcome | undefined;
    child.on("message", (message) => (outcome = message as Outcome));
    child.on("error", (error) => resolve({ error: `Node can't be started: ${error.message}.` }));
    child.on("close", (code, signal) =>
      resolve(
        outcome ?? {
          error: `The Pulumi program ended with ${signal ?? `status ${code}`}: ${printed.trim().split("\n").at(-1) ?? ""}`,
        },
      ),
    );
  });
}
