import { spawnSync } from "node:child_process";

/** What has to hold before a change lands, cheapest first. `--without-tests` is for .ci/run, which has just run them. */
const CHECKS: readonly (readonly [string, string, ...string[]])[] = [
  ["lint and format", "biome", "ci", "--error-on-warnings", "."],
  ["types", "tsc", "--noEmit", "-p", "."],
  ["dead code and dependencies", "knip"],
  ["generated pages", "node", "--disable-warning=ExperimentalWarning", "tools/docs.ts", "--check"],
  ["tests", "node", "--disable-warning=ExperimentalWarning", "node_modules/mocha/bin/mocha.js", "--reporter", "dot"],
];

const wanted = process.argv.includes("--without-tests") ? CHECKS.filter(([name]) => name !== "tests") : CHECKS;
for (const [name, program, ...args] of wanted) {
  const start = performance.now();
  const { status } = spawnSync(program, args, { stdio: "inherit" });
  const took = `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  console.log(status === 0 ? `ok      ${name} (${took})` : `failed  ${name} (${took})`);
  if (status !== 0) process.exit(1);
}
