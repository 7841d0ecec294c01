// npm run chaos: see docs/chaos.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playBacklog } from "./backlog/play.ts";
import { SLOW_LIMIT_MS, writeProgram } from "./backlog/source.ts";
import { backlogReport, backlogVerdict } from "./backlog/verdict.ts";
import { playDeploys } from "./deploys/play.ts";
import { FIRST } from "./deploys/program-state.ts";
import { deployReport } from "./deploys/report.ts";
import { deployVerdict } from "./deploys/verdict.ts";
import { Workspace } from "./deploys/workspace.ts";
import { HubControl } from "./hub-control.ts";
import { Journal } from "./journal.ts";
import { type ChaosOptions, HELP, parseOptions } from "./options.ts";
import { report } from "./report.ts";
import { play } from "./stages.ts";
import { type Finding, verdict } from "./verdict.ts";

const print = (text: string) => console.log(text);
try {
  const options = parseOptions(process.argv.slice(2));
  if (options) process.exitCode = (await run(options)) ? 0 : 1;
  else print(HELP);
} catch (error) {
  print(`${error instanceof Error ? error.message : String(error)}\n\n  1 failing`);
  process.exitCode = 1;
}

/** @returns true when every claim holds */
async function run(options: ChaosOptions): Promise<boolean> {
  const { seed, requests, speed, kills, keep, changes, backlog } = options;
  const what =
    changes === undefined ? `--requests ${requests} --kills ${kills}` : `--deploys --changes ${changes} --kills ${kills}`;
  const command = `--seed ${seed} ${backlog ? `--backlog --messages ${requests}` : what} --speed ${speed}`;
  print(`chaos ${command}`);
  const data = mkdtempSync(join(tmpdir(), "hub-chaos-"));
  const journal = new Journal(join(data, "faults.jsonl"));
  const problems = new Set<string>();
  const workspace = changes === undefined ? undefined : new Workspace(data);
  const root = backlog ? join(data, "program") : (workspace?.root ?? join(import.meta.dirname, "../.."));
  const start = { root, seed, data, speed, journal: journal.file, limitMs: backlog ? SLOW_LIMIT_MS : 0 };
  const control = new HubControl(start, (problem) => problems.add(problem));
  const began = Date.now();
  let holds = false;
  try {
    const stage = (text: string) => print(`${String(Math.round((Date.now() - began) / 1_000)).padStart(5)} s  ${text}`);
    const findings = backlog
      ? await underBacklog(stage)
      : changes === undefined || !workspace
        ? await underFaults(stage)
        : await underDeployments(workspace, changes, stage);
    holds = findings.every(({ counterexamples }) => counterexamples.length === 0);
  } finally {
    await control.stop();
    if (!holds) {
      for (const problem of [...problems].slice(0, 20)) print(`problem of the hub: ${problem}`);
      print(`\nTo repeat this run: npm run chaos -- ${command} --keep`);
    }
    if (keep) print(`Data: ${data}`);
    else rmSync(data, { recursive: true, force: true });
  }
  return holds;

  async function underFaults(stage: (text: string) => void): Promise<readonly Finding[]> {
    await control.start();
    const observation = await play(options, control, journal, stage);
    const findings = verdict(observation);
    print(report(observation, findings));
    return findings;
  }

  async function underBacklog(stage: (text: string) => void): Promise<readonly Finding[]> {
    control.calm();
    writeProgram(root);
    await control.start();
    const observation = await playBacklog(options, control, journal, stage);
    const findings = backlogVerdict(observation);
    print(backlogReport(observation, findings));
    return findings;
  }

  async function underDeployments(program: Workspace, deploys: number, stage: (text: string) => void) {
    control.calm();
    program.write(FIRST);
    await control.start();
    const observation = await playDeploys(options, deploys, control, program, stage);
    const findings = deployVerdict(observation);
    print(deployReport(observation, findings));
    return findings;
  }
}
