import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { copyProgram } from "../tests/e2e/program-copy.ts";
import { figureOf, shown } from "./figures.ts";
import { startHub } from "./requests.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** The process of the next recording loads its modules meanwhile, as while a developer writes. */
const PAUSE_MS = 3_000;
const LONGEST_MS = 60_000;

/** @param rounds of each row @returns a table of what a developer waits for, in seconds; `npm run bench` shows it */
export async function innerLoop(rounds: number): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "hub-bench-program-"));
  try {
    copyProgram(root);
    for (const part of ["flows", "Pulumi.dev.yaml"]) cpSync(join(ROOT, part), join(root, part), { recursive: true });
    const row = (what: string, seconds: readonly number[]) => `| ${what} | ${shown(figureOf(seconds), 1)} |`;
    // The first start, which bundles the flows, is not measured: it is that of the reloads.
    const reloaded = await reloads(root, rounds);
    return [
      "| what a developer waits for | s |",
      "|---|---|",
      row("`npm start`, nothing changed", await starts(root, rounds)),
      row("`--watch`: a changed flow is reloaded", reloaded),
      row("`npm run typecheck`, nothing changed", await typechecks(rounds)),
    ].join("\n");
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function starts(root: string, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const hub = await startHub({ root });
    times.push(hub.startMs / 1_000);
    await hub.stop();
  }
  return times;
}

/** From the written file to the line about it. */
async function reloads(root: string, rounds: number): Promise<readonly number[]> {
  const file = join(root, "flows/freight-quote.ts");
  const text = readFileSync(file, "utf8");
  const hub = await startHub({ root, options: ["--watch"] });
  try {
    const times: number[] = [];
    for (let n = 1; n <= rounds; n += 1) {
      await wait(PAUSE_MS);
      const beganAt = performance.now();
      writeFileSync(file, text.replace(/const DEAR = .*/, `const DEAR = ${n};`));
      while (hub.printed().split("reloaded in ").length <= n) {
        if (performance.now() - beganAt > LONGEST_MS) throw new Error(`the hub did not reload ${file}:\n${hub.printed()}`);
        await wait(10);
      }
      times.push((performance.now() - beganAt) / 1_000);
    }
    return times;
  } finally {
    await hub.stop();
  }
}

async function typechecks(rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n <= rounds; n += 1) {
    const beganAt = performance.now();
    const [code] = (await once(spawn(process.execPath, ["tools/run.mjs", "typecheck"], { cwd: ROOT }), "exit")) as [number];
    if (code !== 0) throw new Error(`npm run typecheck ended with ${code}.`);
    // The first one may have to check what has changed.
    if (n > 0) times.push((performance.now() - beganAt) / 1_000);
  }
  return times;
}
