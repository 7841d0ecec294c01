import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { installOnce } from "../tests/install-once.ts";
import { startStub } from "./aws-stub.ts";
import { figureOf, ratioOf } from "./figures.ts";
import { childOf, inTurns, type Runs, type Sample } from "./functions.ts";
import { hasValgrind, instructionsOf } from "./instructions.ts";
import type { Row } from "./report.ts";
import type { Subjects } from "./subjects.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Why two checkouts can't be compared; its text is for the one who asked. */
export class CompareError extends Error {
  override readonly name = "CompareError";
}

/**
 * Measures a step of the hub as this checkout builds it beside the same step as another commit builds it, in turns.
 * @param commit whatever `git rev-parse` takes
 * @throws CompareError when there is no such commit, or it has no benchmark
 */
export async function compared(commit: string, runs: Runs): Promise<readonly Row[]> {
  const id = idOf(commit);
  const other = checkout(id);
  try {
    const [ours, theirs] = [await subjectsOf(ROOT, commit), await subjectsOf(other.folder, commit)];
    try {
      return await measured(ours, theirs, id, runs);
    } finally {
      for (const { remove } of [ours, theirs]) remove();
    }
  } finally {
    other.remove();
  }
}

async function measured(ours: Subjects, theirs: Subjects, id: string, runs: Runs) {
  const names = { ours: "working tree", theirs: `commit ${id}` };
  const subjects = [
    { ...ours.hub, name: names.ours },
    { ...theirs.hub, name: names.theirs },
  ];
  const samples = await inTurns(subjects, ours, runs);
  const row = (what: string, unit: string, measure: (sample: Sample) => number): Row => {
    const [mine = [], yours = []] = [names.ours, names.theirs].map((name) => (samples[name] ?? []).map(measure));
    return rowOf(what, unit, names.theirs, mine, yours);
  };
  const size = (what: string, unit: string, mine: number, yours: number) => rowOf(what, unit, names.theirs, [mine], [yours]);
  return [
    size("zip of a step", "KB", ours.hub.zip / 1_024, theirs.hub.zip / 1_024),
    row("cold start, CPU", "ms", ({ coldMs }) => coldMs),
    row("memory after the first event", "MB", ({ coldMb }) => coldMb),
    row("warm message, CPU", "µs", ({ warmUs }) => warmUs),
    ...(await instructions([ours, theirs])).map(([mine, yours]) => size("cold start, instructions", "millions", mine, yours)),
  ];
}

const rowOf = (what: string, unit: string, peer: string, ours: readonly number[], theirs: readonly number[]): Row => ({
  ...{ what, unit, hub: figureOf(ours) },
  peers: [{ name: peer, figure: figureOf(theirs), ratio: ratioOf(ours, theirs) }],
});

function idOf(commit: string): string {
  const { status, stdout } = spawnSync(
    "git",
    ["rev-parse", "--short", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  if (status !== 0)
    throw new CompareError(
      `--compare: git knows no commit "${commit}". Give a branch, a tag or a hash of this repository, such as HEAD~1.`,
    );
  return stdout.trim();
}

/** The commit's files in a folder of their own, with packages: those of this checkout where the lockfile is the same. */
function checkout(id: string): { readonly folder: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), "hub-compare-"));
  const folder = join(parent, id);
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: ROOT, stdio: "pipe" });
  git("worktree", "add", "--detach", folder, id);
  const remove = () => {
    git("worktree", "remove", "--force", folder);
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    for (const place of [".", "bench"]) {
      if (!existsSync(join(folder, place, "package-lock.json"))) continue;
      const [theirs, ours] = [folder, ROOT].map((root) => readFileSync(join(root, place, "package-lock.json"), "utf8"));
      if (theirs === ours) symlinkSync(join(ROOT, place, "node_modules"), join(folder, place, "node_modules"));
      else installOnce(join(folder, place));
    }
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function subjectsOf(root: string, commit: string): Promise<Subjects> {
  const file = join(root, "bench/subjects.ts");
  if (!existsSync(file))
    throw new CompareError(`--compare: commit "${commit}" has no bench/subjects.ts. Compare with a later commit.`);
  const { buildSubjects } = (await import(pathToFileURL(file).href)) as typeof import("./subjects.ts");
  return buildSubjects();
}

/** @returns the counts of a cold start; nothing where Valgrind is missing */
async function instructions(both: readonly [Subjects, Subjects]): Promise<readonly (readonly [number, number])[]> {
  if (!hasValgrind()) return [];
  const stub = await startStub();
  try {
    const count = (subjects: Subjects) => {
      const { args, env } = childOf(subjects.hub, subjects, stub.url, 0);
      return instructionsOf(args, env);
    };
    return [[await count(both[0]), await count(both[1])]];
  } finally {
    stub.stop();
  }
}
