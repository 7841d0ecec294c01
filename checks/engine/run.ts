// Drives the real Pulumi engine over this program: `npm run test:engine [-- dev | full]`.
//
// A provider of this repository (provider/stand-in.ts) replaces AWS. The run proves that the program is deterministic, works with unknown
// outputs, and creates and deletes resources in a valid order. It does not show what the real AWS provider considers a change, or what
// AWS refuses; for the latter see checks/emulators.
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
  const report = new Report();
  try {
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      const program = checkout();
      const engine = engineFor(cli.command, program.root);
      console.log(
        `\n  stack ${name}: Pulumi ${engine.version} over this program, ${engine.languageHost} for the language host, a stand-in for AWS`,
      );
      try {
        await scenario({ report, engine, program });
      } finally {
        engine.close();
        program.drop();
      }
    }
    console.log(`\n  ${report.passing} passing`);
  } catch (error) {
    console.log(`\n  ${report.passing} passing\n  1 failing\n\n  ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
}
