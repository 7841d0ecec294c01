import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startStub } from "./aws-stub.ts";
import type { Subject, Subjects } from "./subjects.ts";

const run = promisify(execFile);

/** What one process measured: see child.mjs. */
export interface Sample {
  readonly coldMs: number;
  readonly coldMb: number;
  readonly warmUs: number;
}

/**
 * Starts each subject in a process of its own, in turns, so that what slows the machine down slows all.
 * @param rounds processes of each subject
 * @param warm messages that each process handles before, and then again while, it is measured warm
 */
export async function measureFunctions(
  { hub, bare, powertools, empty, event, environment }: Subjects,
  { rounds, warm }: { readonly rounds: number; readonly warm: number },
): Promise<Readonly<Record<string, readonly Sample[]>>> {
  const stub = await startStub();
  const env = { PATH: process.env.PATH, ...environment, AWS_ENDPOINT_URL: stub.url };
  const samples: Record<string, readonly Sample[]> = {};
  const child = async ({ name, file, handler }: Subject, messages: number) => {
    const args = ["--enable-source-maps", join(import.meta.dirname, "child.mjs"), file, handler, event, String(messages)];
    const { stdout } = await run(process.execPath, args, { env });
    samples[name] = [...(samples[name] ?? []), JSON.parse(stdout) as Sample];
  };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await child(empty, 0);
      for (const subject of [hub, bare, powertools]) await child(subject, warm);
    }
  } finally {
    stub.stop();
  }
  return samples;
}
