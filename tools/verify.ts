import { spawnSync } from "node:child_process";
import { scriptOptions } from "../local/script-options.ts";

/** What has to hold before a change lands, the cheapest first: a title, and a command of commands.json with its options. */
const CHECKS: readonly (readonly [string, ...string[]])[] = [
  ["lint and format", "lint"],
  ["types", "typecheck"],
  ["types of the console's page", "typecheck:console"],
  ["unused code and dependencies", "knip"],
  ["generated pages", "docs", "--check"],
  ["released contract", "release", "--check"],
  ["tests", "test", "--reporter", "dot"],
];

// `--without-tests` is for .ci/run, which has just run them.
const options = scriptOptions("npm run verify", { "without-tests": { type: "boolean" } }).values;
const wanted = options["without-tests"] ? CHECKS.filter(([title]) => title !== "tests") : CHECKS;
for (const [title, ...command] of wanted) {
  const start = performance.now();
  const { status } = spawnSync("node", ["tools/run.mjs", ...command], { stdio: "inherit" });
  const took = `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  console.log(status === 0 ? `ok      ${title} (${took})` : `failed  ${title} (${took})`);
  if (status !== 0) process.exit(1);
}
