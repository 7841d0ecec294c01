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

const say = (text: string) => console.log(text);
try {
  const options = parseOptions(process.argv.slice(2));
  if (options) process.exitCode = (await run(options)) ? 0 : 1;
  else say(HELP);
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n  1 failing`);
  process.exitCode = 1;
}

/** @returns whether everything held */
async function run(options: ChaosOptions): Promise<boolean> {
  const { seed, requests, speed, kills, keep } = options;
  const command = `--seed ${seed} --requests ${requests} --kills ${kills} --speed ${speed}`;
  say(`chaos ${command}`);
  const data = mkdtempSync(join(tmpdir(), "hub-chaos-"));
  const journal = new Journal(join(data, "faults.jsonl"));
  const problems = new Set<string>();
  const control = new HubControl({ seed, data, speed, journal: journal.file }, (problem) => problems.add(problem));
  const began = Date.now();
  let holds = false;
  try {
    await control.start();
    const observation = await play(options, control, journal, (stage) =>
      say(`${String(Math.round((Date.now() - began) / 1_000)).padStart(5)} s  ${stage}`),
    );
    const findings = verdict(observation);
    say(report(observation, findings));
    holds = findings.every(({ against }) => against.length === 0);
  } finally {
    await control.stop();
    if (!holds) {
      for (const problem of [...problems].slice(0, 20)) say(`the hub said: ${problem}`);
      say(`\nThe same again: npm run chaos -- ${command} --keep`);
    }
    if (keep) say(`Data: ${data}`);
    else rmSync(data, { recursive: true, force: true });
  }
  return holds;
}
