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

/** How often each subject is measured. */
export interface Runs {
  /** Processes of each subject. */
  readonly rounds: number;
  /** Messages that each process handles before, and then again while, it is measured warm. */
  readonly warm: number;
}

/** What the children need: event and environment. */
type Given = Pick<Subjects, "event" | "environment">;

/** The process that measures a subject: see child.mjs. */
export const childOf = ({ file, handler }: Subject, { event, environment }: Given, aws: string, messages: number) => ({
  args: ["--enable-source-maps", join(import.meta.dirname, "child.mjs"), file, handler, event, String(messages)],
  env: { PATH: process.env.PATH, ...environment, AWS_ENDPOINT_URL: aws },
});

/** Starts each subject in a process of its own, in turns, so that what slows the machine down slows all. */
export async function inTurns(
  subjects: readonly Subject[],
  given: Given,
  { rounds, warm }: Runs,
): Promise<Readonly<Record<string, readonly Sample[]>>> {
  const stub = await startStub();
  const samples: Record<string, readonly Sample[]> = {};
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const subject of subjects) {
        const { args, env } = childOf(subject, given, stub.url, subject.zip === 0 ? 0 : warm);
        const { stdout } = await run(process.execPath, args, { env });
        samples[subject.name] = [...(samples[subject.name] ?? []), JSON.parse(stdout) as Sample];
      }
  } finally {
    stub.stop();
  }
  return samples;
}
