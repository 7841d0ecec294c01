// npm run policy [-- --stack <name> …]: checks each stack against the policy pack, without an account. Exit status 1 when a mandatory rule is broken.
import { resolve } from "node:path";
import { record } from "../local/record/record.ts";
import { policies } from "../policy/policies.ts";
import { evaluate, type Violation } from "./policy/evaluate.ts";
import { levelsOf, stacksNamed } from "./policy/stacks.ts";

const ROOT = resolve(import.meta.dirname, "..");
const describeViolation = ({ level, policy, resource, type, message }: Violation) =>
  `  ${level}  ${policy}  ${resource} (${type})\n    ${message}`;

try {
  let broken = 0;
  for (const stack of stacksNamed("npm run policy", ROOT)) {
    const recording = await record({ root: ROOT, stack, skipEncrypted: true });
    const violations = await evaluate(policies, recording, levelsOf(ROOT, stack));
    const mandatory = violations.filter(({ level }) => level === "mandatory").length;
    broken += mandatory;
    const made = recording.resources.filter(({ custom }) => custom).length;
    console.log(
      `${stack}: ${policies.length} policies, ${made} resources, ${mandatory} mandatory and ${violations.length - mandatory} advisory violations`,
    );
    for (const violation of violations) console.log(describeViolation(violation));
  }
  process.exitCode = broken === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
