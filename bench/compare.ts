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
import { hubMatching, type Matching } from "./matcher.ts";
import { OPERATORS, rulesOf } from "./matching.ts";
import { measurePipeline } from "./pipeline.ts";
import type { Row } from "./report.ts";
import type { Subjects } from "./subjects.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Why two checkouts can't be compared; its text is for the one who asked. */
export class CompareError extends Error {
  override readonly name = "CompareError";
}

/**
 * Measures the hub of this checkout beside that of another commit, in turns: a step as each builds it, its pipeline, and the local bus.
 * @param commit whatever `git rev-parse` takes
 * @throws CompareError when there is no such commit, or it has no benchmark
 */
export async function compared(commit: string, runs: Runs): Promise<readonly Row[]> {
  const id = idOf(commit);
  const other = checkout(id);
  try {
    const [ours, theirs] = [await subjectsOf(ROOT, commit), await subjectsOf(other.folder, commit)];
    try {
      const rows = await measured(ours, theirs, id, runs);
      return [...rows, ...(await pipeline(other.folder, id, runs.rounds)), ...(await matching(other.folder, id, runs.rounds))];
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

/** Messages of a measurement of the pipeline. */
const MESSAGES = 1_000;

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

/** @returns nothing when the commit has no such benchmark */
async function pipeline(folder: string, id: string, rounds: number): Promise<readonly Row[]> {
  const file = join(folder, "bench/pipeline.ts");
  if (!existsSync(file)) return [];
  const other = (await import(pathToFileURL(file).href)) as { readonly measurePipeline: typeof measurePipeline };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(...(await measurePipeline(1, MESSAGES)).hub);
    theirs.push(...(await other.measurePipeline(1, MESSAGES)).hub);
  }
  return [rowOf("pipeline without I/O, CPU", "µs", `commit ${id}`, ours, theirs)];
}

/** Events of a measurement: few, because a matcher that tests each rule takes milliseconds for one. */
const EVENTS = 40;
const RULES = 3_000;

/** @returns a row for each operator; nothing when the commit has no such matcher */
async function matching(folder: string, id: string, rounds: number): Promise<readonly Row[]> {
  const file = join(folder, "emulator/events/rule-index.ts");
  if (!existsSync(file)) return [];
  const { RuleIndex } = (await import(pathToFileURL(file).href)) as typeof import("../emulator/events/rule-index.ts");
  const rows: Row[] = [];
  for (const rules of OPERATORS) {
    const both: readonly Matching[] = [hubMatching(), hubMatching(RuleIndex)];
    const { patterns, events } = rulesOf(rules, RULES);
    for (const one of both) {
      await one.load(patterns, events);
      await one.run(EVENTS);
    }
    const times: readonly number[][] = [[], []];
    for (let round = 0; round < rounds; round += 1) for (const [i, one] of both.entries()) times[i]?.push(await one.run(EVENTS));
    const [ours = [], theirs = []] = times;
    rows.push(rowOf(`local bus, ${RULES} rules, ${rules.operator}, CPU`, "µs", `commit ${id}`, ours, theirs));
  }
  return rows;
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
