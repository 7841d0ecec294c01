// npm run release -- --note "…" [--breaking]: makes the working tree's contract the released one, with an entry in the changelog.
// npm run release -- --check: exits with status 1 when the working tree breaks the released contract.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importFlows } from "../components/flow/import-flows.ts";
import { scriptOptions } from "../local/script-options.ts";
import { checkFlow, checkHub, DeclarationError } from "../model/index.ts";
import { breaksOf } from "./contract/breaks.ts";
import { describeBreak } from "./contract/findings.ts";
import { CHANGELOG, LOCK, lockOf, renewed, textOf, withEntry } from "./contract/lock.ts";

const ROOT = join(import.meta.dirname, "..");
const [LOCK_FILE, CHANGELOG_FILE] = [join(ROOT, LOCK), join(ROOT, CHANGELOG)];

try {
  const { note, breaking, check } = scriptOptions("npm run release", {
    note: { type: "string" },
    breaking: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  }).values;
  const { flows, problems } = await importFlows(join(ROOT, "flows"));
  const all = [...problems, ...flows.flatMap((flow) => checkFlow(flow)), ...checkHub(flows)];
  if (all.length > 0) throw new DeclarationError(all);
  const released = existsSync(LOCK_FILE) ? lockOf(readFileSync(LOCK_FILE, "utf8")) : undefined;
  if (check) {
    if (!released)
      throw new Error(`${LOCK}: the file is missing. Take it from the deployed commit, or run npm run release -- --note "…".`);
    const breaks = breaksOf(released, flows);
    for (const one of breaks) console.error(describeBreak(one));
    if (breaks.length > 0) console.error('Mend them, or accept them with npm run release -- --note "…" --breaking.');
    else console.log(`release ${released.release}: the working tree keeps the contract`);
    process.exitCode = breaks.length > 0 ? 1 : 0;
  } else {
    if (!note?.trim())
      throw new Error('release: the note is missing. Give --note "what changes for callers and for events under way".');
    const lock = renewed(released, { flows, note, breaking });
    const breaks = released ? breaksOf(released, flows) : [];
    const changelog = withEntry(readFileSync(CHANGELOG_FILE, "utf8"), lock, breaks);
    writeFileSync(LOCK_FILE, textOf(lock));
    writeFileSync(CHANGELOG_FILE, changelog);
    console.log(`wrote ${LOCK} and ${CHANGELOG}: release ${lock.release}. Commit both.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
