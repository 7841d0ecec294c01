import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * @returns the state of a stack as JSON, in which secrets stay encrypted: `pulumi stack export`
 * @throws Error when the Pulumi CLI is missing or the stack is unknown
 */
export function stackState(stack: string): string {
  const { status, stdout, stderr, error } = spawnSync("pulumi", ["stack", "export", "--stack", stack], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (error) throw new Error(`pulumi can't be started: ${error.message}. Install the Pulumi CLI, or give --state <file>.`);
  if (status !== 0)
    throw new Error(`pulumi stack export failed: ${stderr.trim()}. Log in, select the stack, or give --state <file>.`);
  return stdout;
}
