// Compares emulator/events/pattern.ts with AWS's event-ruler: `node checks/event-ruler/run.ts [count] [seed]`.
// Needs Java 11 or newer, mvn and a Maven repository. If one is missing, it reports that and exits with status 0.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compilePattern } from "../../emulator/events/pattern.ts";
import { countOf, scriptOptions } from "../../local/script-options.ts";
import { eventWith, PATTERN_CASES } from "../../tests/emulator/events/pattern-cases.ts";
import { eventRulerClassPath, NoEventRuler } from "./class-path.ts";
import { type Pair, randomPairs } from "./pairs.ts";

const folder = import.meta.dirname;
const SCRIPT = "npm run oracle:event-ruler";
const { positionals } = scriptOptions(SCRIPT, {}, "count> <seed");
const [count, seed] = [countOf(SCRIPT, "count", positionals[0] ?? "5000"), countOf(SCRIPT, "seed", positionals[1] ?? "20261124")];

function classPath(): string {
  try {
    return eventRulerClassPath();
  } catch (error) {
    if (!(error instanceof NoEventRuler)) throw error;
    console.log(`skipped: ${error.message}`);
    process.exit(0);
  }
}

function ours({ pattern, event }: Pair): string {
  try {
    return String(compilePattern(pattern)(event));
  } catch (error) {
    return `invalid: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const cases: Pair[] = PATTERN_CASES.map(([, pattern, detail]) => ({ pattern, event: eventWith(detail) }));
const pairs = [...cases, ...randomPairs(count, seed)];
const answers = execFileSync("java", ["-cp", classPath(), join(folder, "Oracle.java")], {
  input: pairs.map((pair) => JSON.stringify(pair)).join("\n"),
  encoding: "utf8",
  maxBuffer: 64 * 1_048_576,
})
  .trimEnd()
  .split("\n");

/**
 * event-ruler evaluates `exists: false` in undocumented ways: by other alternatives of an `$or` with the same field and value, and by the
 * elements of nested arrays in which alphabetically earlier fields were found. The hub follows the documentation.
 */
const isKnown = ({ pattern, event }: Pair) => {
  const text = JSON.stringify(pattern);
  return text.includes('{"exists":false}') && (text.includes('"$or"') || /\[\{/.test(JSON.stringify(event)));
};

const kind = (answer: string | undefined) => answer?.split(":")[0];
const differing = pairs
  .map((pair, i) => ({ ...pair, aws: answers[i], ours: ours(pair) }))
  .filter(({ aws, ours }) => aws !== "unsure" && kind(aws) !== kind(ours));
const unknown = differing.filter((pair) => !isKnown(pair));
for (const difference of unknown.slice(0, 10)) console.log(JSON.stringify(difference));
const tally = (wanted: string) => answers.filter((answer) => kind(answer) === wanted).length;
console.log(
  // Known differences are part of the reported figure.
  `event-ruler 2.1.0 and the hub agree on ${pairs.length - differing.length} of ${pairs.length} (${differing.length - unknown.length} of the others known; ${cases.length} cases, ${count} random, seed ${seed}): ` +
    `${tally("true")} matches, ${tally("false")} none, ${tally("invalid")} invalid, ${tally("unsure")} on which event-ruler contradicts itself.`,
);
process.exitCode = unknown.length > 0 ? 1 : 0;
