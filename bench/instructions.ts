import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export const hasValgrind = (): boolean => spawnSync("valgrind", ["--version"]).status === 0;

/**
 * Millions of instructions that Valgrind counts from the start of a Node process to its end: they hardly depend on what else the machine does.
 * @param args of Node
 * @throws Error when Callgrind reported no count
 */
export async function instructionsOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const callgrind = ["--tool=callgrind", "--smc-check=all-non-file", "--callgrind-out-file=/dev/null"];
  const { stderr } = await run("valgrind", [...callgrind, process.execPath, "--single-threaded", ...args], { env });
  return collected(stderr) / 1e6;
}

/** @throws Error when Callgrind reported no count */
export function collected(report: string): number {
  const count = /Collected : (\d+)/.exec(report)?.[1];
  if (count === undefined) throw new Error(`Callgrind reported no count of instructions:\n${report}`);
  return Number(count);
}
