// Drives the real Pulumi engine over this program: `npm run test:engine [-- dev | full]`.
//
// A provider of this repository (provider/stand-in.ts) replaces AWS. The run proves that the program is deterministic, works with unknown
// outputs, and creates and deletes resources in a valid order. It does not show what the real AWS provider considers a change, or what
// AWS refuses; for the latter see checks/emulators.
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { scriptOptions } from "../../local/script-options.ts";
import { checkout } from "./checkout.ts";
import { pulumiCli } from "./cli.ts";
import { engineFor } from "./engine.ts";
import { lifeOfAStack } from "./life-of-a-stack.ts";
import { protectedStack } from "./protected-stack.ts";
import { Report } from "./report.ts";

const SCENARIOS = { dev: lifeOfAStack, full: protectedStack };
const { positionals } = scriptOptions("npm run test:engine", {}, Object.keys(SCENARIOS).join("|"));
const unknown = positionals.find((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown !== undefined) {
  console.error(`npm run test:engine: there is no stack "${unknown}". Name one of ${Object.keys(SCENARIOS).join(", ")}.`);
  process.exit(1);
}

const cli = await pulumiCli();
if ("missing" in cli)
  console.log(
    `skipped: ${cli.missing}. Install the Pulumi CLI (https://www.pulumi.com/docs/install/), or Go with access to its modules.`,
  );
else {
  const names = Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[];
  const asked = names.filter((name) => positionals.length === 0 || positionals.includes(name));
  // Each has a program, a backend and an account of its own, and waits for one process at a time: at once they take half as long.
  const reports = await Promise.all(asked.map((name) => run(name, cli.command)));
  const failures = reports.flatMap(({ failure }) => failure ?? []);
  console.log(`\n  ${reports.reduce((sum, { passing }) => sum + passing, 0)} passing`);
  if (failures.length > 0) {
    console.log([`  ${failures.length} failing`, ...failures.map((failure) => `  ${failure}`)].join("\n\n"));
    process.exitCode = 1;
  }
}

async function run(name: keyof typeof SCENARIOS, command: PulumiCommand): Promise<Report> {
  const report = new Report(name);
  const program = checkout();
  const engine = engineFor(command, program.root);
  console.log(
    `  stack ${name}: Pulumi ${engine.version} over this program, ${engine.languageHost} for the language host, a stand-in for AWS`,
  );
  try {
    await SCENARIOS[name]({ report, engine, program });
  } catch (error) {
    report.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    engine.close();
    program.drop();
  }
  return report;
}
