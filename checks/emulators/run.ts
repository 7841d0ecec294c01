// Creates the recorded resources of each stack in independent AWS emulators and reports refusals: `npm run test:emulator`.
// With `--quick`, of two stacks that together hold each kind of resource.
// AWS may still refuse what both emulators accept. Their strictness is measured by requests that AWS refuses.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record } from "../../local/record/record.ts";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { scriptOptions } from "../../local/script-options.ts";
import { checkout } from "../engine/checkout.ts";
import { fullStack } from "../engine/full-stack.ts";
import { pythonEnvironment } from "../python-environment.ts";
import { type Emulator, startEmulator } from "./emulators.ts";
import { THEIRS } from "./theirs.ts";

type Line =
  | { readonly part: "ours"; readonly name: string; readonly type: string; readonly error?: string }
  | { readonly part: "mistake"; readonly service: string; readonly what: string; readonly refused: boolean };
type Mistake = Extract<Line, { readonly part: "mistake" }>;

/** Lambda documents that these need `*`. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK =
  /^LOW RESOURCE_STAR \['ec2:AssignPrivateIpAddresses'(, 'ec2:\w+NetworkInterface')+, 'ec2:UnassignPrivateIpAddresses'\]$/;

/** Parts that some stack must have, so that the emulators are shown them. */
const SHOWN: readonly (readonly [what: string, holds: (resource: RecordedResource) => boolean])[] = [
  ["provisioned concurrency", ({ type }) => type === "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"],
  ["scaling", ({ type }) => type === "aws:appautoscaling/policy:Policy"],
  ["a cache", ({ type, inputs }) => type === "aws:apigateway/stage:Stage" && inputs.cacheClusterSize !== undefined],
];
interface Refusal {
  readonly type: string;
  readonly error: string;
}

const { quick = false } = scriptOptions("npm run test:emulator", { quick: { type: "boolean" } }).values;
const EMULATORS = ["moto", "ministack"] as const;
const found = pythonEnvironment("emulator", join(import.meta.dirname, "requirements.txt"));
if ("missing" in found) {
  console.log(`skipped: ${found.missing}.`);
  process.exit(0);
}
const failures: string[] = [];
let passing = 0;
const check = (holds: boolean, what: string) => {
  if (holds) passing += 1;
  else failures.push(what);
};

const program = checkout();
process.once("exit", () => program.drop());
/** dev with every optional part, and the others as they are. */
const asTheyAre = quick ? ["prod"] : ["staging", "prod"];
for (const stack of asTheyAre) {
  const file = `Pulumi.${stack}.yaml`;
  program.write(file, readFileSync(join(import.meta.dirname, "../..", file), "utf8"));
}
const stacks = [fullStack(program), ...asTheyAre];
const recordings = await Promise.all(stacks.map((stack) => record({ root: program.root, stack, skipEncrypted: true })));
// A random id of the provider `random` is a value of the stack's state: no AWS call makes it.
const customOf = ({ resources }: Recording) => resources.filter(({ custom, type }) => custom && type.startsWith("aws:"));
for (const [what, holds] of SHOWN)
  check(
    recordings.some((recording) => customOf(recording).some(holds)),
    `no stack has ${what}, so nothing is shown for it`,
  );
const mistakes = new Map<Emulator["name"], readonly Mistake[]>();
for (const name of EMULATORS) {
  const refusals: Refusal[] = [];
  for (const recording of recordings) {
    const custom = customOf(recording);
    const lines = await create(found.dir, name, { ...recording, resources: custom });
    const ours = lines.filter((line) => line.part === "ours");
    const { stack } = recording;
    check(ours.length === custom.length, `${name} received ${ours.length} of the ${custom.length} resources of ${stack}`);
    for (const { name: resource, type, error } of ours) {
      const theirs =
        error === undefined
          ? undefined
          : THEIRS.find((one) => one.emulator === name && one.type === type && error.includes(one.says));
      if (theirs) console.log(`  theirs: ${name} refuses ${resource} of ${stack}. ${theirs.why}`);
      check(error === undefined || theirs !== undefined, `${name} refuses ${resource} of ${stack} (${type}): ${error}`);
      if (error !== undefined) refusals.push({ type, error });
    }
    mistakes.set(
      name,
      lines.filter((line) => line.part === "mistake"),
    );
  }
  for (const one of THEIRS.filter(({ emulator }) => emulator === name))
    check(
      refusals.some(({ type, error }) => type === one.type && error.includes(one.says)),
      `${name} no longer refuses ${one.type}. Remove it from checks/emulators/theirs.ts.`,
    );
}

console.log("\n  Requests that AWS refuses, and how many of them each emulator refuses:");
const services = [...new Set([...mistakes.values()].flat().map(({ service }) => service))].sort();
for (const service of services) {
  const counts = EMULATORS.map((name) => {
    const own = mistakes.get(name)?.filter((mistake) => mistake.service === service) ?? [];
    return { name, refused: own.filter(({ refused }) => refused).length, all: own.length };
  });
  const most = Math.max(...counts.map(({ refused }) => refused));
  const stricter = counts.filter(({ refused }) => refused === most).map(({ name }) => name);
  console.log(
    `    ${service.padEnd(16)} ${counts.map(({ name, refused, all }) => `${name} ${refused}/${all}`).join("  ")}  stricter: ${most === 0 ? "neither" : stricter.join(" and ")}`,
  );
  check(most > 0, `no emulator refuses any mistake in ${service}, so nothing is shown for it`);
}
for (const { service, what } of mistakes.get("moto") ?? [])
  if (EMULATORS.every((name) => mistakes.get(name)?.some((mistake) => mistake.what === what && !mistake.refused)))
    console.log(`    neither refuses: ${service}, ${what}`);

for (const recording of recordings) {
  const findings = lint(found.dir, recording);
  const policies = customOf(recording).filter(({ type }) => type.endsWith("Policy") && !type.startsWith("aws:appautoscaling/"));
  console.log(`\n  Parliament reads ${findings.length - 1} policies of ${recording.stack}`);
  check(findings.length === policies.length + 1, `Parliament read ${findings.length - 1} of ${policies.length} policies`);
  for (const { name, issues } of findings)
    if (name === "mistake") check(issues.length > 0, "Parliament takes an action that does not exist, so it shows nothing");
    else {
      const ours = issues.filter((issue) => !NETWORK.test(issue));
      check(ours.length === 0, `${name} of ${recording.stack}: ${ours.join("; ")}`);
    }
}

console.log(`\n  ${passing} passing`);
if (failures.length > 0) {
  console.log(`  ${failures.length} failing\n`);
  for (const failure of failures) console.log(`  ${failure}`);
  process.exitCode = 1;
}

/** Findings of Parliament, an independent linter for IAM policies, on each policy and on one with a mistake. */
function lint(dir: string, recorded: Recording): readonly { readonly name: string; readonly issues: readonly string[] }[] {
  const script = join(import.meta.dirname, "lint.py");
  const made = python(dir, [script], JSON.stringify(recorded.resources));
  return made.map((line) => JSON.parse(line) as { name: string; issues: string[] });
}

function python(dir: string, args: readonly string[], input = ""): readonly string[] {
  const made = spawnSync(join(dir, "bin/python"), ["-W", "ignore", ...args], {
    input,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    maxBuffer: 1 << 26,
  });
  if (made.status !== 0) throw new Error(`${args[0]} failed: ${made.stderr}`);
  return made.stdout.trim().split("\n");
}

async function create(dir: string, name: Emulator["name"], recorded: Recording): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), "hub-emulator-"));
  const emulator = await startEmulator(dir, name, recorded.accountId);
  try {
    const file = join(folder, "recording.json");
    writeFileSync(file, JSON.stringify(recorded));
    const lines = python(dir, [join(import.meta.dirname, "create.py"), emulator.url, file]);
    return lines.map((line) => JSON.parse(line) as Line);
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
