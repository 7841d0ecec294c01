import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import type { File } from "../subjects.ts";

const BENCH = resolve(import.meta.dirname, "..");

interface Made {
  /** Of those after the first. */
  readonly cpuMs: number;
  readonly index: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Makes an `aws.lambda.CallbackFunction`, and measures so many more of the same step, in a process of its own. @throws Error when Pulumi can't serialise it */
export async function makeCallbackFunctions(more: number): Promise<Made> {
  const program = join(import.meta.dirname, "callback-function.cjs");
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(more)], { cwd: BENCH });
  return JSON.parse(stdout) as Made;
}

/** @returns all that is in the archive of one: its code, and the packages that its program has */
export async function callbackFunctionFiles(): Promise<readonly File[]> {
  const { index, packages } = await makeCallbackFunctions(0);
  // Lambda requires it; here a file named .js would be a module by its packages.
  const files: File[] = [{ name: "__index.cjs", contents: Buffer.from(index) }];
  for (const [place, folder] of Object.entries(packages)) {
    const root = join(BENCH, folder);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.push({ name: join(place, relative(root, file)), contents: readFileSync(file) });
    }
  }
  return files;
}
