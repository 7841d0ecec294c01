// npm run smoke: see docs/unknowns.md.
import { resolve } from "node:path";
import { record } from "../../local/record/record.ts";
import { ResourceIndex } from "../../local/recording.ts";
import { thirdPartiesOf, webhooksOf } from "../../local/sandbox/third-parties.ts";
import { awsTarget } from "./aws-target.ts";
import { CHECKS } from "./checks.ts";
import { Hub, type HubTarget } from "./hub.ts";
import { localTarget } from "./local-target.ts";
import { HELP, parseOptions, type SmokeOptions } from "./options.ts";
import { fillSecrets, pulumiDeployments } from "./pulumi-deployments.ts";
import { whileRouted } from "./routed.ts";
import { lineOf, type Result, runChecks, settledBy } from "./run-checks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const print = (line: string) => console.log(line);

try {
  const options = parseOptions(
    process.argv.slice(2),
    CHECKS.map(({ id }) => id),
  );
  if (options === undefined) print(HELP);
  else report(await (options.stack === undefined ? onThisMachine(options) : onAws(options.stack, options)), options);
} catch (error) {
  print(`${error instanceof Error ? error.message : String(error)}\n\n  1 failing`);
  process.exitCode = 1;
}

function check({ only }: SmokeOptions, target: HubTarget): Promise<readonly Result[]> {
  const chosen = only.length === 0 ? CHECKS : CHECKS.filter(({ id }) => only.includes(id));
  return runChecks(chosen, new Hub(target), (result) => print(lineOf(result)));
}

async function onThisMachine(options: SmokeOptions) {
  const { target, stop } = await localTarget();
  try {
    return await check(options, target);
  } finally {
    await stop();
  }
}

async function onAws(stack: string, options: SmokeOptions) {
  const recording = await record({ root: ROOT, stack, skipEncrypted: true });
  const index = new ResourceIndex(recording);
  const { region, project } = recording;
  const deployments = await pulumiDeployments({ root: ROOT, stack, region, print });
  const outputs = await deployments.outputs();
  const named = (secret: string) => `${project}/${stack}/${secret}`;
  const fixed = { outputs, region, webhookSecret: named("stripe/webhook") };
  if (!options.sandbox) return check(options, awsTarget(fixed));
  if (index.all("aws:dynamodb/table:Table").some(({ inputs }) => inputs.deletionProtectionEnabled === true))
    throw new Error(
      `Stack ${stack} is protected (hub:protect): its third parties would be replaced by a sandbox meanwhile. Use another stack, or --without-sandbox.`,
    );
  const parties = thirdPartiesOf(index);
  const secrets = {
    ...Object.fromEntries(parties.flatMap((party) => Object.entries(party.secrets).map(([name, keys]) => [named(name), keys]))),
    ...Object.fromEntries(webhooksOf(index).map(({ verify }) => [named(verify.secret), ["current"]])),
  };
  const filled = await fillSecrets(region, secrets);
  if (filled.length > 0) print(`These secrets had no value and got a random one: ${filled.join(", ")}.`);
  return whileRouted(deployments, parties, (sandbox) => check(options, awsTarget({ ...fixed, ...sandbox })));
}

function report(results: readonly Result[], { stack }: SmokeOptions) {
  const count = (outcome: Result["outcome"]) => results.filter((result) => result.outcome === outcome).length;
  if (stack !== undefined) {
    const { settled, open } = settledBy(results);
    print(`\n  settled in docs/unknowns.md: ${settled.join(", ") || "none"}\n  still open: ${open.join(", ") || "none"}`);
  }
  print(`\n  ${count("holds")} passing\n  ${count("skipped")} skipped`);
  if (count("fails") === 0) return;
  print(`  ${count("fails")} failing`);
  process.exitCode = 1;
}
