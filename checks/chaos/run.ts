// npm run chaos: see docs/chaos.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HubControl } from "./hub-control.ts";
import { Journal } from "./journal.ts";
import { type ChaosOptions, HELP, parseOptions } from "./options.ts";
import { report } from "./report.ts";
import { play } from "./stages.ts";
import { verdict } from "./verdict.ts";

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
  const { seed, requests, speed, kills, keep } = options;
  const command = `--seed ${seed} --requests ${requests} --kills ${kills} --speed ${speed}`;
  print(`chaos ${command}`);
  const data = mkdtempSync(join(tmpdir(), "hub-chaos-"));
  const journal = new Journal(join(data, "faults.jsonl"));
  const problems = new Set<string>();
  const control = new HubControl({ seed, data, speed, journal: journal.file }, (problem) => problems.add(problem));
  const began = Date.now();
  let holds = false;
  try {
    await control.start();
    const observation = await play(options, control, journal, (stage) =>
      print(`${String(Math.round((Date.now() - began) / 1_000)).padStart(5)} s  ${stage}`),
    );
    const findings = verdict(observation);
    print(report(observation, findings));
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
}
