import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { NewFileError } from "../../tools/new-flow/write-files.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

/** An empty folder one level below the repository: what is written there finds `../model` and `../../testing` once they are linked. */
export function emptyRoot(name: string): string {
  mkdirSync(join(REPOSITORY, ".build"), { recursive: true });
  return mkdtempSync(join(REPOSITORY, ".build", `${name}-`));
}

/** Links what written files import. */
export const linkLibraries = (root: string) =>
  promisify(execFile)("ln", ["-s", join(REPOSITORY, "model"), join(REPOSITORY, "testing"), root]);

/** Runs the tests that were written. @returns what Mocha prints */
export async function testsIn(root: string, pattern: string): Promise<string> {
  const mocha = join(REPOSITORY, "node_modules/mocha/bin/mocha.js");
  const args = ["--disable-warning=ExperimentalWarning", mocha, "--no-config", "--timeout", "60000", pattern];
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
}

/** @returns the message with which a generator refuses */
export async function refusalOf(made: Promise<string>): Promise<string> {
  const error: unknown = await made.then(
    () => expect.fail("it was written"),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(NewFileError);
  return (error as Error).message;
}
